// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Checkpoints of a listing, fetched a page at a time as they are asked for.
public struct CheckpointListing: AsyncSequence, Sendable {
    /// Where the next page begins: behind this checkpoint.
    public typealias Cursor = CheckpointReference

    public struct Page: Sendable {
        public var checkpoints: [StoredCheckpoint]
        public var next: Cursor?

        public init(checkpoints: [StoredCheckpoint], next: Cursor?) {
            self.checkpoints = checkpoints
            self.next = next
        }
    }

    let fetch: @Sendable (Cursor?) async throws(StoreError) -> Page

    /// - Parameter fetch: Returns the page behind a cursor; the first for `nil`.
    public init(fetch: @escaping @Sendable (Cursor?) async throws(StoreError) -> Page) {
        self.fetch = fetch
    }

    public func makeAsyncIterator() -> Iterator { Iterator(fetch: fetch) }

    /// Fetches all that is left.
    public func collect() async throws(StoreError) -> [StoredCheckpoint] {
        var result: [StoredCheckpoint] = []
        var iterator = makeAsyncIterator()
        while let checkpoint = try await iterator.next(isolation: #isolation) { result.append(checkpoint) }
        return result
    }

    public struct Iterator: AsyncIteratorProtocol {
        let fetch: @Sendable (Cursor?) async throws(StoreError) -> Page
        private var page: ArraySlice<StoredCheckpoint> = []
        private var cursor: Cursor?
        private var isBeforeFirst = true

        init(fetch: @escaping @Sendable (Cursor?) async throws(StoreError) -> Page) { self.fetch = fetch }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(StoreError) -> StoredCheckpoint? {
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
