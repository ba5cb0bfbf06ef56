// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: RunLogPruning {
    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        guard !events.isEmpty else { return }
        let arguments = arguments {
            $0.add(events.count)
            for event in events {
                $0.add(event.run.rawValue)
                $0.add(event.attempt)
                $0.add(event.number)
                $0.add(event.payload)
            }
        }
        _ = try await run(EventScripts.append, arguments)
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try StoreRules.validate(limit: limit)
        let arguments = arguments {
            $0.add(run.rawValue)
            $0.add(max(0, number))
            $0.add(limit)
        }
        let parts = try await self.run(EventScripts.events, arguments).array ?? []
        let attempt = parts.first?.integer ?? 0
        return stride(from: 1, to: parts.count - 1, by: 2).map {
            RunEventRecord(
                run: run, attempt: Int(attempt), number: Int(parts[$0].integer ?? 0),
                payload: parts[$0 + 1].byteArray ?? [])
        }
    }

    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try StoreRules.validate(limit: limit)
        let arguments = arguments {
            $0.add(time.microseconds)
            $0.add(limit)
        }
        return Int(try await run(EventScripts.prune, arguments).integer ?? 0)
    }
}
