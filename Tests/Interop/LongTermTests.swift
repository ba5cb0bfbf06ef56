// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerPostgres
import TurnledgerStore

@Suite("Long-term values that Python and Turnledger share", .enabled(if: InteropSchema.isThere))
struct LongTermTests {
    @Test("are read by each where the other wrote them, whoever made the tables", arguments: [true, false])
    func shared(madeByPython: Bool) async throws {
        let worker = PythonWorker.today
        try await InteropSchema.with(madeBy: worker) { schema in
            let values = PostgresLongTermStore(schema.store)
            if madeByPython { try await worker.ask("values_set_up", schema.request()) }
            try await values.setUp()
            if !madeByPython { try await worker.ask("values_set_up", schema.request()) }

            let theirs: JSONObject = ["text": "二", "n": 2, "list": [1, nil, 2.5]]
            try await worker.ask(
                "values_put",
                schema.request([
                    "namespace": ["user", "a_b"], "key": "theirs", "value": .object(theirs), "ttl": 5,
                ]))
            try await values.put(["text": "ours", "n": 3], for: "ours", in: ["user", "a_b"], timeToLive: .seconds(90))
            try await values.put(["text": "other"], for: "ours", in: ["user", "axb"])

            #expect(try await values.item("theirs", in: ["user", "a_b"])?.value == theirs)
            #expect(
                try await values.search(LongTermQuery(below: ["user"], filter: ["n": ["$gte": 2]])).map(\.key) == [
                    "ours", "theirs",
                ])
            #expect(
                try await values.namespaces(LongTermNamespaceQuery(prefix: ["user"])) == [
                    ["user", "a_b"], ["user", "axb"],
                ])
            let found = try await worker.ask(
                "values_found",
                schema.request([
                    "namespace": ["user", "a_b"], "key": "ours", "below": ["user", "a_b"], "filter": ["n": 3],
                ]))
            #expect(found["value"] == ["text": "ours", "n": 3])
            #expect(found["found"] == [[["user", "a_b"], "ours", ["text": "ours", "n": 3]]])
            #expect(found["namespaces"] == [["user", "a_b"]])
            #expect(found["age"]?.integer ?? 0 < 60)

            // Minutes and expiries mean the same: what is swept when the last of both minutes is over.
            let now = SystemWallClock().now()
            #expect(try await values.removeExpired(at: now + .seconds(60)) == 0)
            #expect(try await values.removeExpired(at: now + .seconds(180)) == 1)
            #expect(try await values.item("theirs", in: ["user", "a_b"])?.value == theirs)
            #expect(try await values.removeExpired(at: now + .seconds(3600)) == 1)
        }
    }
}
