// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A PostgreSQL store as the configuration describes it: a URL, or the block `postgresql:`, and that block's settings.
///
/// The description never holds a password.
struct PostgresSettings: Hashable, Sendable, CustomStringConvertible {
    /// Where a password comes from each time a connection is made.
    enum PasswordSource: Hashable, Sendable {
        case file(String)
        case command(String)
    }

    /// libpq's keywords and values; may hold the password.
    var parameters: [String: String]
    var passwordSource: PasswordSource?
    var schema: String?
    var poolsTransactions: Bool
    var isStrict: Bool
    var minimumConnections: Int
    var maximumConnections: Int
    var connectionLifetime: Duration
    var idleTime: Duration
    var waitingLimit: Int
    var waitingDeadline: Duration
    var connectDeadline: Duration
    var statementDeadline: Duration
    var sharesCommits: Bool

    /// - Parameter parameters: Those of a URL; `nil`: those of the block.
    init(_ values: ConfigurationValues, parameters: [String: String]? = nil) throws(ConfigurationError) {
        if let parameters {
            self.parameters = parameters
        } else {
            self.parameters = try Self.blockParameters(values)
            passwordSource = try Self.passwordSource(values)
        }
        schema = try values.text("postgresql.schema")
        switch try values.text("postgresql.pooling") {
        case "session": poolsTransactions = false
        case "transaction": poolsTransactions = true
        default: throw values.wrongType("postgresql.pooling", "must be `session` or `transaction`")
        }
        switch try values.text("postgresql.fence") {
        case "lease": isStrict = false
        case "strict": isStrict = true
        default: throw values.wrongType("postgresql.fence", "must be `lease` or `strict`")
        }
        minimumConnections = try values.integer("postgresql.pool.minimum", in: 0...1000)
        maximumConnections = try values.integer("postgresql.pool.maximum", in: 2...1000)
        guard minimumConnections <= maximumConnections else {
            throw values.wrongType("postgresql.pool.minimum", "must not be greater than 'postgresql.pool.maximum'")
        }
        connectionLifetime = try values.seconds("postgresql.pool.lifetime", in: 1...86_400 * 30)
        idleTime = try values.seconds("postgresql.pool.idle_time", in: 1...86_400)
        waitingLimit = try values.integer("postgresql.pool.waiting_limit", in: 0...10_000_000)
        waitingDeadline = try values.seconds("postgresql.pool.waiting_deadline", in: 1...3600)
        connectDeadline = try values.seconds("postgresql.connect_deadline", in: 1...3600)
        statementDeadline = try values.seconds("postgresql.statement_deadline", in: 1...3600)
        sharesCommits = try values.boolean("postgresql.share_commits")
    }

    /// Whether the block, where no `store` is named, is the store.
    static func isConfigured(_ values: ConfigurationValues) -> Bool {
        values.file.topLevel.contains("postgresql")
            || ["host", "database"].contains { values.origin(of: "postgresql.\($0)") == .environment }
    }

    var description: String {
        let port = parameters["port"].map { ":\($0)" } ?? ""
        let place = "postgresql://\(parameters["host"] ?? "")\(port)/\(parameters["dbname"] ?? "")"
        return schema.map { "\(place) (schema \($0))" } ?? place
    }

    /// Names the database and the schema in a file name; what is no letter or digit becomes a dash.
    var fileName: String {
        let parts = [parameters["host"] ?? "localhost", parameters["port"], parameters["dbname"], schema]
        return parts.compactMap(\.self).joined(separator: "-")
            .map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "-" }.joined()
    }

    private static func blockParameters(_ values: ConfigurationValues) throws(ConfigurationError) -> [String: String] {
        var parameters = try values.map("postgresql.parameters")
        let keywords = [
            ("host", "host"), ("port", "port"), ("user", "user"), ("username", "user"), ("password", "password"),
            ("database", "dbname"), ("sslmode", "sslmode"), ("sslrootcert", "sslrootcert"),
            ("target_session_attrs", "target_session_attrs"),
        ]
        for (key, keyword) in keywords {
            guard let text = try values.text("postgresql.\(key)"), !text.isEmpty else { continue }
            if key == "username" && parameters["user"] != nil { continue }
            parameters[keyword] = text
        }
        return parameters
    }

    private static func passwordSource(_ values: ConfigurationValues) throws(ConfigurationError) -> PasswordSource? {
        let file = try values.text("postgresql.password_file")
        let command = try values.text("postgresql.password_command")
        let given = [try values.text("postgresql.password"), file, command].compactMap(\.self)
        guard given.count <= 1 else {
            throw ConfigurationError(
                "'postgresql' has more than one of `password`, `password_file` and `password_command`: keep one.")
        }
        return file.map { .file($0) } ?? command.map { .command($0) }
    }
}
