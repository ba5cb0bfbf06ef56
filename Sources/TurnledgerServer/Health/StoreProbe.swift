// Turnledger. SPDX-License-Identifier: Apache-2.0

package import TurnledgerStore

/// Asks a store for a thread that need not be there. Who asks does not wait for a store that does not answer.
package enum StoreProbe {
    /// How long the store may take to answer.
    private static let deadline = Duration.seconds(2)

    /// - Parameter onError: Told why the store does not answer.
    package static func answers(
        _ store: any ConversationStore, onError: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) async -> Bool {
        let (answers, continuation) = AsyncStream.makeStream(of: Bool.self)
        Task {
            do throws(StoreError) {
                _ = try await store.thread("turnledger-health")
                continuation.yield(true)
            } catch {
                onError(error)
                continuation.yield(false)
            }
        }
        let timeout = Task {
            try await Task.sleep(for: deadline)
            continuation.yield(false)
        }
        defer { timeout.cancel() }
        return await answers.first { _ in true } ?? false
    }
}
