// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: TurnJournalStore {
    /// One round trip and one transaction.
    public func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base: CheckpointID?, at position: Int, fence: Fence?
    ) async throws(StoreError) {
        guard !entries.isEmpty || position == 0 else { return }
        var sealed: [Payload] = []
        for entry in entries { sealed.append(try entry.sealed(with: cipher)) }
        let place: [PostgresValue] = [.text(thread.rawValue), .text(base?.rawValue ?? "")]
        let values =
            place + [
                .integers(sealed.indices.map { Int64(position + $0) }), .texts(sealed.map(\.type)),
                .byteStrings(sealed.map(\.bytes)),
            ]
        var queries: [PostgresQuery] = []
        if let fence {
            queries.append(lock(thread))
            if position == 0 {
                queries.append(PostgresQuery(statements.journal.removeAllHeld, [place[0], .integer(fence.epoch)]))
            }
            queries.append(PostgresQuery(statements.journal.appendHeld, values + [.integer(fence.epoch)]))
        } else {
            if position == 0 { queries.append(PostgresQuery(statements.journal.removeAll, [place[0]])) }
            queries.append(PostgresQuery(statements.journal.append, values))
        }
        let answers = try await write(queries, isShareable: true)
        guard answers.last?.all.count == entries.count else {
            throw StoreError(.conflict, "Thread \(thread): another writer holds it, or has written its journal.")
        }
    }

    public func journal(of thread: ThreadID, base: CheckpointID?) async throws(StoreError) -> [Payload] {
        let rows = try await read(
            PostgresQuery(statements.journal.entries, [.text(thread.rawValue), .text(base?.rawValue ?? "")]))
        do {
            return try rows.all.map { row in
                try Payload(type: try row.text(0), bytes: try row.bytes(1)).opened(with: cipher)
            }
        } catch {
            throw StoreError(reading: error)
        }
    }
}
