// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq

extension PostgresError {
    /// What a result reports: the server's primary message alone, which holds neither SQL nor values but where a value
    /// is malformed (class 22); there it is replaced.
    init(result: OpaquePointer?, queryIndex: Int?) {
        let state = Self.field(0x43, of: result)
        guard let state else {
            let message = Self.lastLine(PQresultErrorMessage(result))
            self.init(.connectionLost, message ?? "The connection broke.", queryIndex: queryIndex)
            return
        }
        let message =
            state.hasPrefix("22")
            ? "A value does not fit its place." : Self.field(0x4D, of: result) ?? "The server gave no reason."
        self.init(.server, message, sqlState: state, queryIndex: queryIndex)
    }

    /// Why a connection could not be made. libpq keeps no state of a refused login, so it is told from its text.
    init(connection: OpaquePointer?) {
        let message = Self.lastLine(PQerrorMessage(connection)) ?? "The connection could not be made."
        self.init(.connect, message, sqlState: Self.state(of: message))
    }

    /// The server is there and will not have this login: waiting does not help.
    var isRefusedLogin: Bool {
        kind == .connect && ["28P01", "28000", "3D000", "42501"].contains(sqlState)
    }

    /// A prepared statement is unknown or was made for another shape of a table: true after a migration, and behind a
    /// pooler in transaction mode.
    var isStalePlan: Bool {
        kind == .server && (sqlState == "26000" || (sqlState == "0A000" && message.contains("cached plan")))
    }

    /// The connection ended or the server is ending it.
    var endsConnection: Bool {
        kind == .connectionLost
            || (kind == .server && ["57P01", "57P02", "57P03", "25P03", "57P05"].contains(sqlState))
    }

    private static func state(of message: String) -> String? {
        if message.contains("password authentication failed") || message.contains("no password supplied") {
            return "28P01"
        }
        if message.contains("pg_hba.conf") || (message.contains("role \"") && message.contains("does not exist")) {
            return "28000"
        }
        if message.contains("database \"") && message.contains("does not exist") { return "3D000" }
        if message.contains("permission denied for database") { return "42501" }
        if message.contains("too many connections") || message.contains("too many clients") { return "53300" }
        return nil
    }

    /// - Parameter code: One of `PG_DIAG_…`, which are characters.
    private static func field(_ code: Int32, of result: OpaquePointer?) -> String? {
        PQresultErrorField(result, code).map { String(cString: $0) }
    }

    /// libpq indents what it adds as advice.
    private static func lastLine(_ text: UnsafePointer<CChar>?) -> String? {
        text.flatMap { String(cString: $0).split(whereSeparator: \.isNewline).last { $0.first != "\t" } }
            .map(String.init)
    }
}
