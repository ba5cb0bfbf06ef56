// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a store held at one moment, small enough to be compared.
public struct StoreDigest: Hashable, Sendable {
    /// How many rows, by table, without a schema's name.
    public var rows: [String: Int]
    /// By thread a hash over all of its rows. Two stores of the same kind that hold equal rows give equal hashes.
    public var threads: [ThreadID: String]

    public init(rows: [String: Int] = [:], threads: [ThreadID: String] = [:]) {
        self.rows = rows
        self.threads = threads
    }
}

/// A store that can be dumped into a file as a whole, and read back from one.
public protocol BackupStore: ArchivingStore {
    /// What the store holds now, of one moment. Reads every row.
    func digest() async throws(StoreError) -> StoreDigest

    /// Dumps all of it into a file that does not exist yet, beside readers and writers.
    ///
    /// - Returns: What the store held at the dump's moment.
    func dump(to path: String) async throws(StoreError) -> StoreDigest

    /// Restores a dump into a scratch place, lends it, and removes the place.
    ///
    /// - `scratch`: Where the place is made, in the store's own terms; `nil`: beside this store.
    func withRestored<Value: Sendable>(
        _ dump: String, scratch: String?, _ body: @Sendable (any BackupStore) async throws -> Value
    ) async throws -> Value
}
