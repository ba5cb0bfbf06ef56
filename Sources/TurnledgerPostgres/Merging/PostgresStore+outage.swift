// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore {
    /// Whether a call failed because no server that takes writes was there, or none that answered in time.
    ///
    /// A suspicion: a connection alone may have been lost. A login that is refused is no outage, and neither is a statement
    /// that stood in another's way, took too long for the server's own limit, or was wrong.
    public static func isOutage(_ error: StoreError) -> Bool {
        guard error.code == .unavailable, let error = error.underlying as? PostgresError else { return false }
        if error.isRefusedLogin { return false }
        switch error.kind {
        case .connect, .connectionLost, .deadline, .poolExhausted: return true
        case .cancelled, .closed, .misuse: return false
        case .server:
            guard let state = error.sqlState, state != "57014" else { return false }
            return ["08", "57", "58"].contains(state.prefix(2)) || ["25006", "53300"].contains(state)
        }
    }

    /// Asks the server whether it takes writes. One round trip.
    ///
    /// - Throws: `.unavailable` where it does not, or is not there.
    public func requireWritable() async throws(StoreError) {
        let rows = try await read(PostgresQuery(MergingStatements.isReadOnly))
        do throws(PostgresError) {
            guard try rows.first?.boolean(0) == false else { throw PostgresError(.server, "", sqlState: "25006") }
        } catch {
            throw StoreError(postgres: error)
        }
    }
}
