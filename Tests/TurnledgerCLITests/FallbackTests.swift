// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import Foundation
    import Synchronization
    import Testing
    import TurnledgerSQLite
    import TurnledgerStore

    @testable import TurnledgerCLI

    @Suite("What a server does while PostgreSQL is away")
    struct FallbackTests {
        private func settings(_ flags: [String: String]) throws -> FallbackSettings? {
            let all = ["store": "postgresql://user@host:5433/database"].merging(flags) { $1 }
            let values = ConfigurationValues(flags: all)
            guard case .postgresql(let settings) = try StoreLocation(values) else { return nil }
            return try FallbackSettings(values, settings)
        }

        @Test("is a spool of the database's own, memory, or nothing")
        func kinds() throws {
            let standard = try #require(try settings([:]))
            #expect(standard.path == "data/host-5433-database-spool.sqlite")
            #expect(!standard.isEphemeral && standard.isReadyWhileDegraded && standard.cacheMegabytes == 64)
            let memory = try #require(try settings(["postgresql.fallback": "memory"]))
            #expect(memory.path == nil)
            #expect(try settings(["postgresql.fallback": "off"]) == nil)
            let own = try #require(
                try settings([
                    "postgresql.spool": "/spool", "postgresql.spool_is_ephemeral": "yes",
                    "postgresql.ready_while_degraded": "no",
                ]))
            #expect(own.path == "/spool" && own.isEphemeral && !own.isReadyWhileDegraded)
            let error = #expect(throws: ConfigurationError.self) { try settings(["postgresql.fallback": "maybe"]) }
            #expect(error?.description.contains("`spool`, `memory` or `off`") == true)
        }

        @Test("has a file for each process that shares a folder, and an erasure reaches all of them")
        func files() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "spools-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appending(path: "spool.sqlite").path
            let files = [try SpoolFile.claim(path), try SpoolFile.claim(path)]
            #expect(files.map(\.path) == [path, "\(path)-2"])
            for (number, file) in files.enumerated() {
                let store = try SQLiteStore(path: file.path)
                try await store.setUp()
                for owner in ["alice", "bob"] {
                    let thread = ThreadID("\(owner)-\(number)")
                    let time = Timestamp(microseconds: 1)
                    try await store.note(SpooledThread(thread: thread, spooledAt: time))
                    try await store.merge(
                        ThreadMerge(thread: ThreadRecord(id: thread, owner: owner, createdAt: time, updatedAt: time)))
                }
                try store.close()
            }
            let place = SpoolPlace(path)
            #expect(try await place.count(owner: "alice") == 2)
            #expect(try await place.erase(owner: "alice", sparing: ["alice-1"]) == ["threads": 1])
            #expect(try await place.erase(owner: "alice", sparing: []) == ["threads": 1])
            #expect(try await place.count(owner: "alice") == 0)
            #expect(try await place.count(owner: "bob") == 2)
        }

        @Test("room is set aside for a full spool, and used to merge it: not by the turns of the outage")
        func reserve() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "reserve-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let spool = folder.appending(path: "spool.sqlite").path
            let free = Mutex(8192)
            let reserve = SpoolReserve(besideSpool: spool, bytes: 4096, logger: .silentForTests) { _ in
                free.withLock { $0 }
            }
            #expect(reserve.setAside())
            #expect(FileManager.default.contents(atPath: spool + ".reserve")?.count == 4096)
            var shrunk = 0
            func look(_ state: StoreCondition.State) async -> Bool { await reserve.look(at: state) { shrunk += 1 } }
            _ = await look(.merging)
            #expect(reserve.isSetAside)
            free.withLock { $0 = 100 }
            _ = await look(.degraded)
            #expect(reserve.isSetAside)
            _ = await look(.merging)
            #expect(!FileManager.default.fileExists(atPath: spool + ".reserve"))
            // It is not taken from where there is too little, and is tried again.
            #expect(await look(.connected))
            #expect(!reserve.isSetAside && shrunk == 1)
            free.withLock { $0 = 8192 }
            #expect(await look(.connected))
            #expect(reserve.isSetAside && shrunk == 2)
            #expect(await look(.connected) == false)
            // A start on a full disk lends itself the room, and takes back what is left of it.
            #expect(!reserve.lend())
            free.withLock { $0 = 100 }
            #expect(reserve.lend())
            #expect(!reserve.isSetAside)
            free.withLock { $0 = 4000 }
            reserve.takeBack()
            #expect(reserve.isSetAside && FileManager.default.contents(atPath: spool + ".reserve")?.count == 3500)
        }
    }
#endif
