// Turnledger. SPDX-License-Identifier: Apache-2.0

import Configuration
import Foundation
import TurnledgerServer

/// The effective configuration: flags over the environment over the file over the defaults.
struct ConfigurationValues: Sendable {
    let file: ConfigurationFile
    private let flags: [String: String]
    private let environment: [String: String]
    /// What OpenTelemetry's programs are told.
    let standardEnvironment: [String: String]
    private let reader: ConfigReader

    /// - Parameters:
    ///   - flags: Values of command-line flags, by key.
    ///   - path: The configuration file; `nil`: `config.yaml`, where there is one.
    static func load(
        flags: [String: String?] = [:], path: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationError) -> ConfigurationValues {
        ConfigurationValues(
            flags: flags, file: try .find(path, environment: environment), environment: environment)
    }

    init(flags: [String: String?] = [:], file: ConfigurationFile = .none, environment: [String: String] = [:]) {
        self.flags = flags.compactMapValues(\.self)
        self.file = file
        // A variable set to nothing is a variable that is not set.
        self.environment = environment.filter { $0.key.hasPrefix("TURNLEDGER_") && !$0.value.isEmpty }
        standardEnvironment = environment.filter { $0.key.hasPrefix("OTEL_") && !$0.value.isEmpty }
        let fileTexts = file.values.compactMapValues { value -> String? in
            guard case .success(.text(let text)) = value else { return nil }
            return text
        }
        reader = ConfigReader(providers: [
            Self.provider("flags", self.flags),
            EnvironmentVariablesProvider(
                environmentVariables: self.environment,
                secretsSpecifier: .dynamic { name, _ in name.hasSuffix("_API_KEY") || name.hasSuffix("_PASSWORD") }
            ).prefixKeys(with: "turnledger"),
            Self.provider("file", fileTexts),
        ])
    }

    private static func provider(_ name: String, _ texts: [String: String]) -> InMemoryProvider {
        let values = texts.map { path, text in
            let isSecret = ConfigurationKey.named(path)?.isSecret ?? true
            return (AbsoluteConfigKey(ConfigKey(path)), ConfigValue(.string(text), isSecret: isSecret))
        }
        return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: values))
    }

    // MARK: Values

    /// The text under a key, or its default.
    /// - Throws: `ConfigurationError` where the key's variable is not set.
    func text(_ path: String) throws(ConfigurationError) -> String? {
        try given(path) ?? standard(path) ?? ConfigurationKey.named(path)?.fallback
    }

    func integer(_ path: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        let text = try text(path) ?? ""
        guard let number = Int(text.trimmingCharacters(in: .whitespaces)) else {
            throw wrongType(path, "must be a whole number")
        }
        guard range.contains(number) else {
            throw wrongType(path, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number that may have a fraction; `nil` where there is none.
    func number(_ path: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let text = try text(path) else { return nil }
        guard let number = Double(text.trimmingCharacters(in: .whitespaces)), range.contains(number) else {
            throw wrongType(path, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func boolean(_ path: String) throws(ConfigurationError) -> Bool {
        switch try text(path)?.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw wrongType(path, "must be true or false")
        }
    }

    func seconds(_ path: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Duration {
        .seconds(try integer(path, in: range))
    }

    /// A list: of the file, or of a text with commas.
    func list(_ path: String) throws(ConfigurationError) -> [String] {
        if origin(of: path) == .file, case .list(let list)? = try fileValue(path) { return list }
        return (try text(path) ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }

    func map(_ path: String) throws(ConfigurationError) -> [String: String] {
        if case .map(let map)? = try fileValue(path) { return map }
        guard let text = standard(path) else { return [:] }
        let pairs = text.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(Self.unescaped) }
        guard pairs.allSatisfy({ $0.count == 2 }) else {
            throw wrongType(path, "must be `NAME=VALUE,NAME=VALUE`")
        }
        return Dictionary(pairs.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
    }

    /// A part of such a list: `%2C` is a comma.
    private static func unescaped(_ text: Substring) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        return trimmed.removingPercentEncoding ?? trimmed
    }

    func tokens(_ path: String) throws(ConfigurationError) -> [BearerToken] {
        if case .tokens(let tokens)? = try fileValue(path) { tokens } else { [] }
    }

    // MARK: Origins

    /// Where a value comes from.
    enum Origin: String, Sendable {
        case flag, environment, file, fallback = "default"
    }

    func origin(of path: String) -> Origin {
        if flags[path] != nil { return .flag }
        if let variable = ConfigurationKey.named(path)?.variable, environment[variable] != nil { return .environment }
        if file.values[path] != nil { return .file }
        return standard(path) != nil ? .environment : .fallback
    }

    private func standard(_ path: String) -> String? {
        ConfigurationKey.named(path)?.standardVariable.flatMap { standardEnvironment[$0] }
    }

    /// A value that somebody gave: not a default.
    private func given(_ path: String) throws(ConfigurationError) -> String? {
        if origin(of: path) == .file { _ = try fileValue(path) }
        return reader.string(forKey: ConfigKey(path), isSecret: ConfigurationKey.named(path)?.isSecret ?? true)
    }

    private func fileValue(_ path: String) throws(ConfigurationError) -> ConfigurationFile.Value? {
        try file.values[path]?.get()
    }

    /// Names the key and where its value stands, never the value: it may be a secret in the wrong place.
    func wrongType(_ path: String, _ rule: String) -> ConfigurationError {
        let place =
            switch origin(of: path) {
            case .flag: "the command line"
            case .environment: "the variable \(variable(behind: path))"
            case .file: file.name
            case .fallback: "the defaults"
            }
        return ConfigurationError("'\(path)' in \(place) \(rule).")
    }

    private func variable(behind path: String) -> String {
        guard let key = ConfigurationKey.named(path) else { return "" }
        if let own = key.variable, environment[own] != nil { return own }
        return key.standardVariable ?? ""
    }
}
