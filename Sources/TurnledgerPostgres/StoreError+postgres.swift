// Turnledger. SPDX-License-Identifier: Apache-2.0

package import TurnledgerStore

extension StoreError {
    /// Says in the store's terms what the client or the server reported. A `StoreError` stays what it is.
    ///
    /// The detail says what happened and what to do about it, never a statement and never a value.
    package init(postgres error: any Error) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? PostgresError else {
            self.init(.unavailable, "The call to PostgreSQL failed. Try it again.", underlying: error)
            return
        }
        let (code, detail) = Self.translation(of: error)
        self.init(code, detail, underlying: error)
    }

    private static func translation(of error: PostgresError) -> (Code, String) {
        if let state = error.sqlState, let known = translation(ofState: state) { return known }
        switch error.kind {
        case .connect:
            return (
                .unavailable,
                "PostgreSQL cannot be reached (\(error.message)). Check host, port and sslmode, and that it runs."
            )
        case .connectionLost:
            return (.unavailable, "The connection to PostgreSQL broke. Try the call again; repeating it is safe.")
        case .deadline:
            return (.unavailable, "PostgreSQL did not answer in time. Try the call again; repeating it is safe.")
        case .poolExhausted:
            return (
                .unavailable,
                "No connection became free in time. Try again; if it stays so, raise `postgresql.pool.maximum`."
            )
        case .cancelled: return (.unavailable, "The caller was cancelled before PostgreSQL had answered.")
        case .closed: return (.closed, "The store was closed.")
        case .misuse: return (.invalid, "PostgreSQL cannot take the call: \(error.message)")
        case .server:
            return (
                .unavailable,
                "PostgreSQL could not do what was asked (SQLSTATE \(error.sqlState ?? "unknown")). Its log says more."
            )
        }
    }

    /// SQLSTATEs: appendix A of PostgreSQL's manual. The class (the first two characters) counts where the state itself
    /// is not here.
    private static func translation(ofState state: String) -> (Code, String)? {
        states[state] ?? states[String(state.prefix(2))]
    }

    private static let states: [String: (Code, String)] = [
        // What was asked.
        "22021": (.invalid, "Text holds NUL, which PostgreSQL cannot store. Remove it."),
        "22P05": (.invalid, "Text holds a character that PostgreSQL cannot store as JSON (NUL). Remove it."),
        "22": (.invalid, "A value is not one that PostgreSQL can store. Mend the call."),
        "54": (.invalid, "A value or a name is larger than PostgreSQL takes. Make it smaller."),
        // Other writers.
        StrictFence.sqlState: (.conflict, "The thread is held by a run; its strict fence refuses other writers."),
        "23": (.conflict, "A row changed in between. Read again, then decide."),
        "40": (.unavailable, "Another transaction stood in the way. Try the call again."),
        "55P03": (.unavailable, "Another transaction holds the rows. Try the call again."),
        // Who we are.
        "28": (.unavailable, "PostgreSQL refused the role or its password. Check `user`, `password` and pg_hba.conf."),
        "3D000": (.unavailable, "There is no such database on the server. Make it, or mend `database`."),
        "42501": (
            .unsupported,
            "The role may not do this. Grant it the rights, or let the owner run `turnledger schema apply`."
        ),
        // What is there.
        "42P01": (.unavailable, "The database has no tables of Turnledger's yet. Run `turnledger schema apply`."),
        "3F000": (.unavailable, "The database has no such schema. Run `turnledger schema apply`, or mend `schema`."),
        "42703": (
            .unsupported, "A table lacks a column. Run `turnledger schema check`, then `turnledger schema apply`."
        ),
        "42P05": (.unavailable, pooler), "26000": (.unavailable, pooler),
        "25006": (
            .unavailable,
            "The server is read only, a standby perhaps. Name the primary, or all hosts with "
                + "target_session_attrs=read-write."
        ),
        // How the server is.
        "53300": (
            .unavailable, "The server takes no more connections. Lower `postgresql.pool.maximum`, or use a pooler."
        ),
        "53": (.full, "The server has no room left, on disk or in memory. Free some, then try again."),
        "57014": (
            .unavailable, "The server stopped the statement at its time limit. Try again; check statement_timeout."
        ),
        "57": (.unavailable, "The server is starting, stopping or failing over. Try again."),
        "08": (.unavailable, "The connection to PostgreSQL broke. Try the call again; repeating it is safe."),
        "58": (.unavailable, "The server failed to read or write its files. Check its disk and its log."),
        "XX001": (.undecodable, "A table of the database is damaged. Restore it from a copy."),
        "XX002": (.undecodable, "An index of the database is damaged. Have it built again (REINDEX)."),
    ]

    private static let pooler =
        "Prepared statements got lost, as they do behind a pooler in transaction mode. Set `pooling: transaction`."
}
