// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Is told of every round trip of a store to its database: for metrics and traces.
///
/// A store tells it from within. Nothing has to stand between a store and its callers, which would have to keep up with
/// every protocol that a store may refine.
public protocol StoreObserver: Sendable {
    /// Called by the Swift task that waited, when the database has answered or will not.
    ///
    /// - Parameters:
    ///   - statement: What was done, in lower case with underscores; one of a few dozen for each kind of store.
    ///   - duration: How long it took, waiting for a connection included.
    ///   - error: Why it failed; `nil`: it did not.
    func executed(_ statement: String, in duration: Duration, error: StoreError.Code?)
}

extension StoreObserver {
    /// Does something and tells of it.
    package func observe<Value>(
        _ statement: String, _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let start = ContinuousClock.now
        do throws(StoreError) {
            let value = try await body()
            executed(statement, in: .now - start, error: nil)
            return value
        } catch {
            executed(statement, in: .now - start, error: error.code)
            throw error
        }
    }
}
