// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerOperations
import TurnledgerStore

@testable import TurnledgerTesting

@Suite("Erasure")
struct ErasureTests {
    @Test("all of an owner's goes, from the store and the archive, and the receipt proves it", arguments: StoreKind.all)
    func all(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            for number in 0..<3 {
                try await store.makeThread(ThreadID("alice-\(number)"), owner: "alice")
                try await store.makeThread(ThreadID("bob-\(number)"), owner: "bob")
            }
            let archive = ArchiveFolder(path: folder + "/archive")
            _ = try await archive.write(["alice-0", "bob-0", "alice-1"], from: store)
            _ = try await archive.write(["alice-2"], from: store)
            try await store.bury("alice-0", as: .archived, at: .at(1))
            let bobs = try await store.threadRows(of: "bob-0")

            let erasure = Erasure(store, places: [archive])
            let receipt = try await erasure.erase(owner: "alice", actor: "test")
            #expect(receipt.isComplete)
            #expect(receipt.places["archive"] == ["threads": 3, "rows": receipt.places["archive"]?["rows"] ?? 0])
            #expect(receipt.places["store"]?["threads"] == 2)
            #expect(receipt.places["store"]?["checkpoints"] == 12)
            #expect(receipt.places["store"]?["checkpoint_writes"] == 24)
            #expect(receipt.places["store"]?["turnledger_run_events"] == 2)
            #expect(try await store.allThreads(ThreadQuery(owner: "alice")).isEmpty)
            #expect(try await store.tombstone(of: "alice-1")?.reason == .erased)
            #expect(await archive.faults() == [])
            #expect(try archive.manifests().flatMap(\.threads).map(\.thread) == ["bob-0"])
            #expect(try await store.threadRows(of: "bob-0") == bobs)
            #expect(try await erasure.remains(of: receipt, owner: "alice") == [])

            // The receipt survives its file, names nobody, and a change of it is found.
            let path = folder + "/receipt.json"
            try Data(receipt.text.utf8).write(to: URL(fileURLWithPath: path))
            #expect(!receipt.text.contains("alice"))
            #expect(try ErasureReceipt(path: path) == receipt)
            try flip(path, at: 20)
            #expect(throws: OperationError.self) { try ErasureReceipt(path: path) }

            // What comes back is found.
            try await store.removeTombstone(of: "alice-1")
            var late = ContractThread("alice-1")
            try await late.put(["messages": ["a"]], to: store)
            #expect(try await erasure.remains(of: receipt, owner: "alice").count == 1)
            #expect(try await store.verifyAudit().isIntact)
            #expect(try await store.auditRows(behind: 0, limit: 9).map(\.action) == ["erased"])
        }
    }

    @Test("a legal hold and a run under way keep a thread, and the receipt says so", arguments: StoreKind.all)
    func kept(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            try await store.makeThread("held", owner: "alice")
            try await store.makeThread("free", owner: "alice")
            let archive = ArchiveFolder(path: folder + "/archive")
            _ = try await archive.write(["held", "free"], from: store)
            try await store.setRetention(ThreadRetention(hold: "case"), of: "held", at: .at(1))
            _ = try await store.start(NewRun(in: "busy", owner: "alice"))
            let receipt = try await Erasure(store, places: [archive]).erase(owner: "alice", actor: "test")
            #expect(try archive.manifests().flatMap(\.threads).map(\.thread) == ["held"])
            #expect(await archive.faults() == [])
            #expect(receipt.held == 1 && receipt.busy == 1 && !receipt.isComplete)
            #expect(Set(try await store.allThreads(ThreadQuery(owner: "alice")).map(\.id)) == ["held", "busy"])
        }
    }

    @Test("erased text is not left in the SQLite file")
    func pages() async throws {
        try await StoreKind.sqlite.with { store, folder in
            try await store.makeThread("alice-1", owner: "alice")
            try await store.makeThread("bob-1", owner: "bob")
            _ = try await Erasure(store).erase(owner: "alice", actor: "test")
            for name in ["store.sqlite", "store.sqlite-wal"] {
                let data = (try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))) ?? Data()
                #expect(data.range(of: Data("text 1 of alice-1".utf8)) == nil, "\(name)")
            }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/store.sqlite"))
            #expect(data.range(of: Data("text 1 of bob-1".utf8)) != nil)
        }
    }
}
