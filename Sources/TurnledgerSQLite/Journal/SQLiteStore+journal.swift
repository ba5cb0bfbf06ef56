// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: TurnJournalStore {
    public func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base: CheckpointID?, at position: Int, fence: Fence?
    ) async throws(StoreError) {
        var sealed: [Payload] = []
        for entry in entries { sealed.append(try entry.sealed(with: cipher)) }
        try await write(call: "append_journal") { [sealed, cipher] database in
            if let fence {
                try CheckpointWriter.check(Fence(epoch: fence.epoch), on: thread, namespace: .root, in: database)
            } else {
                try database.refuseDeleted(thread)
            }
            let base = base?.rawValue ?? ""
            if position == 0 { try database.run(JournalStatements.removeAll, [thread.rawValue]) }
            let there = try Self.entries(of: thread, base, cipher, database)
            guard position <= there.count, zip(there[position...], entries).allSatisfy({ $0 == $1 }) else {
                throw StoreError(.conflict, "Thread \(thread): another turn has written its journal.")
            }
            for (index, entry) in sealed.enumerated().dropFirst(there.count - position) {
                try database.run(
                    JournalStatements.insert,
                    [thread.rawValue, base, position + index, entry.type, Data(entry.bytes)])
            }
        }
    }

    public func journal(of thread: ThreadID, base: CheckpointID?) async throws(StoreError) -> [Payload] {
        try await read { [cipher] database in
            try Self.entries(of: thread, base?.rawValue ?? "", cipher, database)
        }
    }

    private static func entries(
        of thread: ThreadID, _ base: String, _ cipher: (any PayloadCipher)?, _ database: Database
    ) throws -> [Payload] {
        try database.rows(JournalStatements.entries, [thread.rawValue, base]).map { row in
            try Payload(
                type: row.value("type", as: String.self), bytes: [UInt8](row.value("payload", as: Data.self))
            ).opened(with: cipher)
        }
    }
}

/// The statements on turns' journals.
enum JournalStatements {
    static let removeAll = """
        DELETE FROM turnledger_turn_journal
        WHERE thread_id = ?
        """

    static let insert = """
        INSERT INTO turnledger_turn_journal (thread_id, base, position, type, payload)
        VALUES (?, ?, ?, ?, ?)
        """

    static let entries = """
        SELECT type, payload
        FROM turnledger_turn_journal
        WHERE thread_id = ?
          AND base = ?
        ORDER BY position
        """
}
