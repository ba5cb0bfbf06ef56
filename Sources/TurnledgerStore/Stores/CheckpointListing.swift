// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Checkpoints of a listing, fetched a page at a time as they are asked for.
public struct CheckpointListing: AsyncSequence, Sendable {
    /// Where the next page begins: behind this checkpoint.
    public typealias Cursor = CheckpointReference

    /// What one fetch brings.
    public struct Page: Sendable {
        /// Newest first. May be empty before the end.
        public var checkpoints: [StoredCheckpoint]
        /// `nil` at the end.
        public var next: Cursor?

        public init(checkpoints: [StoredCheckpoint], next: Cursor?) {
            self.checkpoints = checkpoints
            self.next = next
        }
    }

    /// The most checkpoints that one page holds.
    public static let pageSize = 100

    let limit: Int?
    let fetch: @Sendable (Cursor?) async throws(StoreError) -> Page

    /// - Parameters:
    ///   - limit: How many checkpoints are given out in all, however many the pages hold; `nil`: all of them.
    ///   - fetch: Returns the page behind a cursor; the first for `nil`.
    public init(limit: Int? = nil, fetch: @escaping @Sendable (Cursor?) async throws(StoreError) -> Page) {
        self.limit = limit
        self.fetch = fetch
    }

    /// Fetches one page: the first for `nil`. The limit is the iterator's affair.
    package func page(behind cursor: Cursor?) async throws(StoreError) -> Page { try await fetch(cursor) }

    public func makeAsyncIterator() -> Iterator { Iterator(limit: limit, fetch: fetch) }

    /// Fetches all that is left.
    public func collect() async throws(StoreError) -> [StoredCheckpoint] {
        var result: [StoredCheckpoint] = []
        var iterator = makeAsyncIterator()
        while let checkpoint = try await iterator.next(isolation: #isolation) { result.append(checkpoint) }
        return result
    }

    /// Fetches a page when the one before is used up.
    public struct Iterator: AsyncIteratorProtocol {
        let fetch: @Sendable (Cursor?) async throws(StoreError) -> Page
        private var page: ArraySlice<StoredCheckpoint> = []
        private var cursor: Cursor?
        private var isBeforeFirst = true
        private var remaining: Int?

        init(limit: Int?, fetch: @escaping @Sendable (Cursor?) async throws(StoreError) -> Page) {
            remaining = limit
            self.fetch = fetch
        }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(StoreError) -> StoredCheckpoint? {
            if let remaining {
                guard remaining > 0 else { return nil }
                self.remaining = remaining - 1
            }
            while page.isEmpty {
                guard isBeforeFirst || cursor != nil else { return nil }
                let fetched = try await fetch(cursor)
                isBeforeFirst = false
                cursor = fetched.next
                page = fetched.checkpoints[...]
            }
            return page.removeFirst()
        }
    }
}
