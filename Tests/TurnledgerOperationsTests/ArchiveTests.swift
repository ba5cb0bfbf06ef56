// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerOperations
import TurnledgerStore

@testable import TurnledgerTesting

@Suite("Archives")
struct ArchiveTests {
    @Test("retention archives threads before they go, and they come back equal to the byte", arguments: StoreKind.all)
    func roundTrip(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            let ids = (0..<5).map { ThreadID("thread ,\"row\":\\ \($0) 线程") }
            for id in ids { try await store.makeThread(id) }
            var python = ContractThread("python")
            try await python.put(["messages": ["a"]], to: store)
            var before: [ThreadID: ThreadRows] = [:]
            for id in ids + ["python"] {
                let rows: ThreadRows? = try await store.threadRows(of: id)
                before[id] = rows ?? ThreadRows(thread: id, rows: [])
            }
            let archive = ArchiveFolder(path: folder + "/archive")
            let sweep = RetentionSweep(
                store, policy: RetentionPolicy(standard: .days(7, .archive)),
                archiver: FolderArchiver(archive, store: store), pace: .init(batch: 4, share: 1))
            let plan = try await sweep.plan(at: .at(1_900_000_000))
            let report = try await sweep.run(at: .at(1_900_000_000))
            #expect(report.archived == 6 && report.removed == plan.removed)
            for id in before.keys { #expect(try await store.threadRows(of: id) == nil) }
            #expect(await archive.faults() == [])
            #expect(try archive.manifests().flatMap(\.threads).count == 6)

            let one = try await archive.restore("python", into: store)
            #expect(one.restored == ["python"] && one.present == [])
            let all = try await archive.restore(into: store)
            #expect(Set(all.restored) == Set(ids) && all.present == ["python"])
            for (id, rows) in before {
                #expect(try await store.threadRows(of: id)?.ofThread == rows.ofThread)
                #expect(try await store.retention(of: id).isPinned)
                #expect(try await store.tombstone(of: id) == nil)
            }
            // The next sweep leaves what was restored.
            #expect(try await sweep.run(at: .at(1_900_000_000)).removed == RemovedRows())
        }
    }

    @Test("one byte that was changed anywhere is found, and nothing of the file is restored", arguments: StoreKind.all)
    func damage(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            try await store.makeThread("thread")
            let archive = ArchiveFolder(path: folder + "/archive")
            try #require(try await archive.write(["thread"], from: store) != nil)
            try await store.bury("thread", as: .archived, at: .at(1))
            for suffix in [".jsonl.gz", ".manifest.json"] {
                let path = try #require(try files(archive.path, suffix).first)
                let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
                for offset in stride(from: 0, to: size, by: max(1, size / 40)) + [size - 1] {
                    try flip(path, at: offset)
                    #expect(await archive.faults() != [], "byte \(offset) of \(suffix)")
                    await #expect(throws: OperationError.self) { try await archive.restore(into: store) }
                    try flip(path, at: offset)
                }
            }
            #expect(await archive.faults() == [])
            #expect(try await store.threadRows(of: "thread") == nil)
            #expect(try await archive.restore(into: store).restored == ["thread"])
        }
    }

    @Test("a file that a crash left without its manifest is no part of the archive")
    func crash() async throws {
        try await StoreKind.sqlite.with { store, folder in
            try await store.makeThread("thread")
            let archive = ArchiveFolder(path: folder + "/archive")
            _ = try await archive.write(["thread"], from: store)
            try FileManager.default.removeItem(atPath: try #require(try files(archive.path, ".manifest.json").first))
            #expect(FileManager.default.createFile(atPath: archive.path + "/x.jsonl.gz.part", contents: Data([1])))
            #expect(await archive.faults() == [])
            #expect(try archive.manifests() == [])
        }
    }

    @Test("a thread that is in the store is not overwritten", arguments: StoreKind.all)
    func present(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            try await store.makeThread("thread")
            let archive = ArchiveFolder(path: folder + "/archive")
            _ = try await archive.write(["thread"], from: store)
            let started = try await store.start(NewRun(in: "thread"))
            try await store.finish(started)
            let before = try await store.threadRows(of: "thread")
            #expect(try await archive.restore(into: store).present == ["thread"])
            #expect(try await store.threadRows(of: "thread") == before)
        }
    }
}

/// Two sequences of numbers as one.
private func + (left: StrideTo<Int>, right: [Int]) -> [Int] { Array(left) + right }
