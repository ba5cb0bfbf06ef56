// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("Announcements of runs", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct AnnouncementTests {
    @Test("of one PostgresStore are heard by another, however many they are")
    func heard() async throws {
        try await StoreSchema.withStore { teller in
            try await StoreSchema(name: teller.schemaName, place: .server).withStore { listener in
                var news = try #require(listener.announcements).makeAsyncIterator()
                #expect(await news.next() == .hearing)
                let runs = Set((0..<400).map { RunID("run_\($0)") })
                try await teller.announce(runs)
                var heard: Set<RunID> = []
                while heard.count < runs.count, case .changed(let some) = await news.next() { heard.formUnion(some) }
                #expect(heard == runs)
            }
        }
    }

    @Test("are heard again after the connection that listens was cut, and both are told")
    func cut() async throws {
        try await StoreSchema.withStore { teller in
            let name = LivePostgres.uniqueName()
            try await StoreSchema(name: teller.schemaName, place: .server).withStore(
                { $0.parameters["application_name"] = name },
                { listener in
                    var news = try #require(listener.announcements).makeAsyncIterator()
                    #expect(await news.next() == .hearing)
                    try await ServerView.terminate(try await ServerView.processListening(application: name))
                    #expect(await news.next() == .deaf)
                    #expect(await news.next() == .hearing)
                    try await teller.announce([RunID("run_1")])
                    #expect(await news.next() == .changed([RunID("run_1")]))
                })
        }
    }

    @Test("are told through a pooler in transaction mode, which lets nobody hear them")
    func pooler() async throws {
        try await StoreSchema.withStore { listener in
            try await StoreSchema(name: listener.schemaName, place: .pooler).withStore { teller in
                #expect(teller.announcements == nil)
                var news = try #require(listener.announcements).makeAsyncIterator()
                #expect(await news.next() == .hearing)
                try await teller.announce([RunID("run_1")])
                #expect(await news.next() == .changed([RunID("run_1")]))
            }
        }
    }

    @Test("stay in their schema")
    func schemas() async throws {
        try await StoreSchema.withStore { other in
            try await StoreSchema.withStore { store in
                var news = try #require(store.announcements).makeAsyncIterator()
                #expect(await news.next() == .hearing)
                try await other.announce([RunID("run_other")])
                try await store.announce([RunID("run_own")])
                #expect(await news.next() == .changed([RunID("run_own")]))
            }
        }
    }
}

extension PostgresStore {
    fileprivate var schemaName: String { statements.tables.schema ?? "public" }
}
