// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq
internal import Dispatch

/// Asks a server to give up what it does for one connection.
///
/// libpq's way blocks, so it has OS threads of its own; nobody waits for it.
///
/// - Warning: The pointer is used once, by the queue's block, which frees it.
struct CancelRequest: @unchecked Sendable {
    private static let queue = DispatchQueue(label: "turnledger.postgres.cancel", attributes: .concurrent)
    private let cancel: OpaquePointer

    /// Taken from a connection while it is open; sent after it was closed.
    init?(_ connection: OpaquePointer) {
        guard let cancel = PQgetCancel(connection) else { return nil }
        self.cancel = cancel
    }

    func send() {
        Self.queue.async {
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(cancel, &message, Int32(message.count))
            PQfreeCancel(cancel)
        }
    }
}
