// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Where conversations are kept, as `--store` and the key `store` say it.
enum StoreLocation: Hashable, Sendable, CustomStringConvertible {
    /// In this process; gone when it ends.
    case memory
    case sqlite(path: String)
    case postgresql(PostgresSettings)
    case redis(RedisSettings)
    /// Two of them.
    indirect case mirror(MirrorLocation)

    /// - Parameter values: Where the settings are that a URL does not have.
    /// - Throws: `ConfigurationError` for text that names no store of this version.
    init(_ text: String, values: ConfigurationValues = ConfigurationValues()) throws(ConfigurationError) {
        if text == "memory:" || text == "memory" {
            self = .memory
            return
        }
        if text == "redis" {
            self = .redis(try RedisSettings(values))
            return
        }
        guard let colon = text.firstIndex(of: ":") else { throw Self.unknown }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon].lowercased() {
        case "sqlite":
            let path = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
            guard !path.isEmpty else {
                throw ConfigurationError(
                    "The store `sqlite:` needs the path of a file: `sqlite:data/turnledger.sqlite`.")
            }
            self = .sqlite(path: String(path))
        case "postgresql", "postgres":
            #if PostgreSQL
                self = .postgresql(
                    try PostgresSettings(values, parameters: PostgresSettings.parameters(ofURL: text)))
            #else
                throw Self.noPostgres
            #endif
        case "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster":
            self = .redis(try RedisSettings(values, url: text))
        default:
            throw Self.unknown
        }
    }

    /// The store that a configuration asks for.
    init(_ values: ConfigurationValues) throws(ConfigurationError) {
        if Self.isMirror(values) {
            self = .mirror(try MirrorLocation(values))
            return
        }
        if values.origin(of: "store") == .fallback, PostgresSettings.isConfigured(values) {
            #if PostgreSQL
                self = .postgresql(try PostgresSettings(values))
                return
            #else
                throw Self.noPostgres
            #endif
        }
        try self.init(values.text("store") ?? "", values: values)
    }

    var description: String {
        switch self {
        case .memory: "memory:"
        case .sqlite(let path): "sqlite:\(path)"
        case .postgresql(let settings): "\(settings)"
        case .redis(let settings): "\(settings)"
        case .mirror(let mirror): "\(mirror)"
        }
    }

    /// Text of `--store` or `store:` as it may be shown: without the password of a URL.
    static func withoutPassword(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var result = String(text[..<scheme.upperBound])
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at].prefix { $0 != ":" }
            result += user + (user.endIndex == at ? "" : ":(hidden)") + rest[at...]
        } else {
            result += rest
        }
        return result.replacing(#/password=[^&\s]*/#, with: "password=(hidden)")
    }

    #if !PostgreSQL
        private static var noPostgres: ConfigurationError {
            ConfigurationError(
                "This build has no PostgreSQL (package trait PostgreSQL). Use `sqlite:PATH` or `memory:`, or install the "
                    + "packaged one.")
        }
    #endif

    private static var unknown: ConfigurationError {
        ConfigurationError("The store must be `postgresql://…`, `redis://…`, `redis`, `sqlite:PATH` or `memory:`.")
    }
}
