// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerServer

/// The configuration as text, for `config check` and for `docs/configuration.md`.
enum ConfigurationReport {
    /// One line for each key that has a value: `key: value  # origin`. Secrets are hidden.
    static func effective(_ values: ConfigurationValues) throws(ConfigurationError) -> String {
        var lines = ["# \(values.file.name)"]
        for key in ConfigurationKey.all where key.isInUse(values) {
            guard let text = try text(of: key, values) else { continue }
            let isStore = key.path == "store" || key.path.hasPrefix("store.mirror.")
            let shown = key.isSecret ? "(hidden)" : isStore ? StoreLocation.withoutPassword(text) : text
            lines.append("\(key.path): \(shown)  # \(values.origin(of: key.path).rawValue)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every key as a Markdown table.
    static var keyTable: String {
        var lines = ["| key | type | default | variable | meaning |", "|---|---|---|---|---|"]
        for key in ConfigurationKey.all {
            let fallback = key.fallback.map { "`\($0)`" } ?? ""
            let variable = [key.variable, key.standardVariable].compactMap { $0 }.map { "`\($0)`" }
                .joined(separator: ", ")
            lines.append("| `\(key.path)` | \(key.kind.rawValue) | \(fallback) | \(variable) | \(key.meaning) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func text(
        of key: ConfigurationKey, _ values: ConfigurationValues
    ) throws(ConfigurationError) -> String? {
        switch key.kind {
        case .text, .integer, .number, .boolean, .seconds: return try values.text(key.path)
        case .list:
            let list = try values.list(key.path)
            return list.isEmpty ? nil : "[\(list.joined(separator: ", "))]"
        case .map:
            let map = try values.map(key.path)
            return map.isEmpty
                ? nil : "{\(map.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", "))}"
        case .tokens:
            let tokens = try values.tokens(key.path)
            return tokens.isEmpty ? nil : "[\(tokens.map(\.description).joined(separator: ", "))]"
        }
    }
}

extension ConfigurationKey {
    /// Whether anything reads the key: the blocks of other stores, and the endpoint of a model that is not asked, may
    /// refer to variables that nobody sets.
    func isInUse(_ values: ConfigurationValues) -> Bool {
        if StoreLocation.isMirror(values), path == "store" { return false }
        return switch path.split(separator: ".").first {
        case "store" where path.hasPrefix("store."): StoreLocation.isMirror(values)
        case "postgresql": isInUse(postgres: values)
        case "redis": isInUse(redis: values)
        case "tracing" where path != "tracing.endpoint": (try? values.text("tracing.endpoint")) != nil
        case "model" where path != "model.kind": (try? values.text("model.kind")) == "openai"
        default: true
        }
    }

    /// Where a URL names the store, the block's settings are used alone; with `store: redis` the whole block.
    private func isInUse(redis values: ConfigurationValues) -> Bool {
        StoreLocation.texts(values).contains { store in
            store == "redis" || (store.hasPrefix("redis") && !Self.redisAddress.contains(path))
        }
    }

    /// Where a URL names the store, the block's own address and password are not used; its settings are.
    private func isInUse(postgres values: ConfigurationValues) -> Bool {
        let names = values.origin(of: "store") != .fallback || StoreLocation.isMirror(values)
        guard names else { return PostgresSettings.isConfigured(values) }
        let isURL = StoreLocation.texts(values).contains { $0.hasPrefix("postgres") }
        return isURL && !Self.postgresAddress.contains(path)
    }
}

extension ConfigurationValues {
    /// Reads all that any command reads.
    func validate() throws {
        _ = try StoreLocation(self)
        try serverSettings().validate()
        _ = try agentConfiguration()
        _ = try logLevel()
        _ = try metricsAccess()
        _ = try RetentionSettings(self)
        _ = try BackupSettings(self)
        _ = try TracingSettings(self)
    }
}
