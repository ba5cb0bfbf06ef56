// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerPostgres
import TurnledgerStore

@Suite("Threads that Python wrote", .enabled(if: InteropSchema.isThere))
struct ReadingTests {
    /// Whose rows, and which reader judges what Turnledger made of them.
    static let writersAndReaders: [(PythonWorker.Packages, [PythonWorker.Packages])] = [
        (.today, [.today, .strict]), (.august2025, [.august2025, .today]),
    ]

    @Test(
        "of every kind are read as Python reads them, and read by Python as before when Turnledger has written them",
        arguments: writersAndReaders)
    func corpus(writer: PythonWorker.Packages, readers: [PythonWorker.Packages]) async throws {
        let python = PythonWorker.of(writer)
        try await InteropSchema.with(madeBy: python) { schema in
            let threads = try await python.ask("write_corpus", schema.request()).array?.compactMap(\.string) ?? []
            #expect(threads.count >= 14)
            try await check(schema, readers: readers)
            for thread in threads {
                let head = try await schema.store.latest(in: ThreadID(thread), namespace: .root)
                #expect(head != nil, "\(thread) has no head")
            }
        }
    }

    @Test("hold every type that LangGraph's serializer knows, and keep it", arguments: writersAndReaders)
    func golden(writer: PythonWorker.Packages, readers: [PythonWorker.Packages]) async throws {
        let python = PythonWorker.of(writer)
        try await InteropSchema.with(madeBy: python) { schema in
            let samples = try Self.samples()
            let written = try await python.ask(
                "write_golden", schema.request(["samples": .array(samples)]))
            let names = samples.compactMap { $0["name"]?.string }
            #expect(names.count >= 95)
            for name in names {
                // One that Python itself does not read is of no use to anybody.
                if written[name]?["error"] != nil {
                    #expect(name == "pickle_complex")
                    continue
                }
                let hex = try #require(written[name]?["hex"]?.string)
                let head = try await schema.store.latest(in: ThreadID("golden-\(name)"), namespace: .root)
                let stored = try #require(head?.pendingWrites.first?.value)
                let write = try stored.rewritten()
                #expect(write.row["hex"]?.string == hex, "\(name) is not encoded as Python does")
                #expect(write.type == written[name]?["type"]?.string)
            }
            try await check(schema, readers: readers)
        }
    }

    /// Lets Python judge what Turnledger reads here, then what Turnledger writes of it into a schema of its own.
    private func check(_ schema: InteropSchema, readers: [PythonWorker.Packages]) async throws {
        let everything = try await schema.everything()
        let rows = JSONValue.array(try everything.map { try $0.row() })
        try await InteropSchema.with(madeBy: .of(readers[0])) { copy in
            for checkpoint in everything.reversed() { try await checkpoint.write(into: copy.store) }
            for reader in readers {
                let read = try await PythonWorker.of(reader).ask("check_read", schema.request(["rows": rows]))
                #expect(read["differences"] == [], "Turnledger reads other than \(reader)")
                #expect(read["checkpoints"]?.integer == Int64(everything.count))
                let written = try await PythonWorker.of(reader).ask(
                    "compare", schema.request(["other": .string(copy.name)]))
                #expect(written["differences"] == [], "\(reader) read other values from Turnledger's rows")
                #expect(written["checkpoints"]?.integer == Int64(everything.count))
            }
        }
    }

    /// The samples that a saver without a key can read.
    private static func samples() throws -> [JSONValue] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "TurnledgerStoreTests/Fixtures/serde-golden.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .map { try JSONValue.parse(String($0)) }
            .filter { $0["hex"] != nil && $0["type"]?.string?.hasSuffix("+aes") == false }
    }
}
