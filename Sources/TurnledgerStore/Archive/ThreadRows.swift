// Turnledger. SPDX-License-Identifier: Apache-2.0

/// All that a store keeps of a thread, row by row, as it is stored: sealed values stay sealed.
public struct ThreadRows: Hashable, Sendable {
    /// A row of a table, as one JSON object: column to value. Bytes are hexadecimal, as the store's format has them.
    public struct Row: Hashable, Sendable {
        /// Without a schema's name, such as `checkpoints`.
        public var table: String
        public var json: String

        public init(table: String, json: String) {
            self.table = table
            self.json = json
        }
    }

    public var thread: ThreadID
    public var rows: [Row]

    public init(thread: ThreadID, rows: [Row]) {
        self.thread = thread
        self.rows = rows
    }
}

/// A store whose threads can be taken out and put back, equal to the byte.
public protocol ArchivingStore: RetentionStore, TombstoneStore {
    /// How the rows are written: `postgresql` or `sqlite`. Rows go back into a store of the same format.
    var rowFormat: String { get }

    /// All rows of a thread, of one moment; `nil`: there are none.
    func threadRows(of thread: ThreadID) async throws(StoreError) -> ThreadRows?

    /// Writes the rows of a thread that does not exist, and takes its tombstone away; one transaction.
    ///
    /// Where a run held the thread when its rows were read, its lease comes back too, and is taken over as any other.
    /// - Throws: `.conflict` where the thread has rows, `.undecodable` for rows of other tables.
    func restore(_ rows: ThreadRows) async throws(StoreError)
}

/// A store that can give back to the operating system, or use again, the space of what was removed.
public protocol ReclaimingStore: Sendable {
    /// Takes as long as the tables are large; others may go on reading and writing.
    func reclaimSpace() async throws(StoreError)
}
