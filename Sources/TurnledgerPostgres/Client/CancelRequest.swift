// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq
internal import Synchronization

/// Asks a server to give up what it does for one connection.
///
/// libpq's way blocks, for as long as the server stands still, so it has OS threads of its own; nobody waits for it.
///
/// - Warning: The pointer is used once, by the thread, which frees it.
struct CancelRequest: @unchecked Sendable {
    /// How many wait for a server at the same time. What it is not asked ends when it finds the connection closed.
    private static let limit = 32
    private static let underWay = Mutex(0)
    private let cancel: OpaquePointer

    /// Taken from a connection while it is open; sent after it was closed.
    init?(_ connection: OpaquePointer) {
        guard let cancel = PQgetCancel(connection) else { return nil }
        self.cancel = cancel
    }

    func send() {
        let isAllowed = Self.underWay.withLock { underWay in
            guard underWay < Self.limit else { return false }
            underWay += 1
            return true
        }
        guard isAllowed else {
            PQfreeCancel(cancel)
            return
        }
        let hasBegun = OSThread.detach {
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(cancel, &message, Int32(message.count))
            end()
        }
        if !hasBegun { end() }
    }

    private func end() {
        PQfreeCancel(cancel)
        Self.underWay.withLock { $0 -= 1 }
    }
}
