// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Reads the events of a run that is not executed here from the log.
struct LogReader: Sendable {
    let store: any ConversationStore
    let run: RunID

    private static let page = 1000
    private static let interval = Duration.milliseconds(250)

    /// The events from an index on; waits for one while the run goes on elsewhere. `nil` after the last.
    func events(from index: Int) async throws -> [RunEvent]? {
        do {
            while true {
                let records = try await store.events(of: run, from: index, limit: Self.page)
                let events = records.compactMap(RunEvent.init)
                if !events.isEmpty { return events }
                guard let record = try await store.run(run) else { return nil }
                if record.status.isFinished {
                    // What was written between the two reads is still to come.
                    let rest = try await store.events(of: run, from: index, limit: Self.page).compactMap(RunEvent.init)
                    return rest.isEmpty ? nil : rest
                }
                try await Task.sleep(for: Self.interval)
            }
        } catch let error as StoreError {
            throw AgentError(error)
        }
    }
}
