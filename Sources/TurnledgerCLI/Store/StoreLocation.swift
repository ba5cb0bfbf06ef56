// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Where conversations are kept, as `--store` and the key `store` say it.
enum StoreLocation: Hashable, Sendable, CustomStringConvertible {
    /// In this process; gone when it ends.
    case memory
    case sqlite(path: String)

    /// - Throws: `ConfigurationError` for text that names no store of this version.
    init(_ text: String) throws(ConfigurationError) {
        if text == "memory:" || text == "memory" {
            self = .memory
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
            throw ConfigurationError("PostgreSQL as a store is not in this version. \(Self.choices)")
        case "redis", "rediss":
            throw ConfigurationError("Redis as a store is not in this version. \(Self.choices)")
        default:
            throw Self.unknown
        }
    }

    /// The store that a configuration asks for.
    init(_ values: ConfigurationValues) throws(ConfigurationError) {
        if values.origin(of: "store") == .fallback, values.file.topLevel.contains("postgresql") {
            throw ConfigurationError(
                "\(values.file.name) has a `postgresql:` block and no `store:`. PostgreSQL as a store is not in this "
                    + "version; say where to keep conversations, for example `store: sqlite:data/turnledger.sqlite`.")
        }
        try self.init(values.text("store") ?? "")
    }

    var description: String {
        switch self {
        case .memory: "memory:"
        case .sqlite(let path): "sqlite:\(path)"
        }
    }

    private static let choices = "Use `sqlite:PATH` or `memory:`."

    private static var unknown: ConfigurationError {
        ConfigurationError("The store must be `sqlite:PATH` or `memory:`.")
    }
}
