// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerServer
import Yams

/// A `config.yaml` as it was read: known keys only, variables put in.
///
/// A variable that is not set is an error only for who reads that key, so that a block which nobody uses may refer to
/// variables that nobody sets.
struct ConfigurationFile: Sendable {
    enum Value: Sendable {
        case text(String)
        case list([String])
        case map([String: String])
        case tokens([BearerToken])
    }

    /// What to call the file in messages.
    let name: String
    private(set) var values: [String: Result<Value, ConfigurationError>] = [:]
    /// The blocks and keys at the top of the file.
    private(set) var topLevel: Set<String> = []

    /// The file of a process that has none.
    static let none = ConfigurationFile(name: "no configuration file")

    private init(name: String) { self.name = name }

    /// Reads the file at `path`, or `config.yaml` of the working folder where there is one.
    static func find(_ path: String?, environment: [String: String]) throws(ConfigurationError) -> ConfigurationFile {
        guard let path = path ?? (FileManager.default.fileExists(atPath: "config.yaml") ? "config.yaml" : nil) else {
            return .none
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("The configuration file \(path) cannot be read.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError("The configuration file \(path) is not UTF-8 text.")
        }
        return try ConfigurationFile(yaml: text, name: path, environment: environment)
    }

    init(yaml: String, name: String = "config.yaml", environment: [String: String]) throws(ConfigurationError) {
        self.name = name
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationError("\(name) is not valid YAML: \(Self.reason(error))")
        }
        guard let root, !Self.isNull(root) else { return }
        guard case .mapping(let mapping) = root else {
            throw ConfigurationError("\(name) must be a map of keys; see `turnledger config check --help`.")
        }
        topLevel = Set(mapping.compactMap { Self.isNull($0.value) ? nil : $0.key.string })
        try read(mapping, under: "", environment: environment)
    }

    private mutating func read(
        _ mapping: Node.Mapping, under prefix: String, environment: [String: String]
    ) throws(ConfigurationError) {
        for (keyNode, node) in mapping {
            guard let name = keyNode.scalar?.string else {
                throw ConfigurationError("\(self.name): a key\(prefix.isEmpty ? "" : " under '\(prefix)'") is no text.")
            }
            let path = prefix.isEmpty ? name : "\(prefix).\(name)"
            let key = ConfigurationKey.named(path)
            guard key != nil || ConfigurationKey.isBlock(path) else { throw unknown(path) }
            if Self.isNull(node) { continue }
            if case .mapping(let block) = node, ConfigurationKey.isBlock(path) {
                try read(block, under: path, environment: environment)
            } else if let key {
                if let value = try value(of: node, for: key, environment: environment) { values[path] = value }
            } else {
                throw ConfigurationError("\(self.name): '\(path)' must be a map of keys, not \(Self.kind(of: node)).")
            }
        }
    }

    private func unknown(_ path: String) -> ConfigurationError {
        let hint = ConfigurationKey.nearest(to: path).map { " Did you mean '\($0)'?" } ?? ""
        return ConfigurationError("\(name): there is no key '\(path)'.\(hint)")
    }

    /// - Returns: `.failure` where only a variable is missing; who reads the key will say so.
    private func value(
        of node: Node, for key: ConfigurationKey, environment: [String: String]
    ) throws(ConfigurationError) -> Result<Value, ConfigurationError>? {
        var missing: ConfigurationError?
        func scalar(_ node: Node, _ path: String) throws(ConfigurationError) -> String {
            guard let text = node.scalar?.string else { throw wrongType(path, key.kind, node) }
            do {
                return try VariableSubstitution.apply(to: text, key: path, environment: environment)
            } catch {
                missing = missing ?? error
                return ""
            }
        }
        let value: Value
        switch key.kind {
        case .text, .integer, .number, .boolean, .seconds:
            value = .text(try scalar(node, key.path))
        case .list:
            guard case .sequence(let items) = node else { throw wrongType(key.path, key.kind, node) }
            var list: [String] = []
            for (index, item) in items.enumerated() { list.append(try scalar(item, "\(key.path)[\(index)]")) }
            value = .list(list)
        case .map:
            guard case .mapping(let members) = node else { throw wrongType(key.path, key.kind, node) }
            var map: [String: String] = [:]
            for (name, item) in members {
                let name = name.scalar?.string ?? ""
                map[name] = try scalar(item, "\(key.path).\(name)")
            }
            value = .map(map)
        case .tokens:
            guard case .sequence(let items) = node else { throw wrongType(key.path, key.kind, node) }
            var tokens: [BearerToken] = []
            for (index, item) in items.enumerated() {
                tokens.append(try token(item, at: "\(key.path)[\(index)]", scalar: scalar))
            }
            value = .tokens(tokens)
        }
        if let missing { return .failure(missing) }
        return .success(value)
    }

    private func token(
        _ node: Node, at path: String, scalar: (Node, String) throws(ConfigurationError) -> String
    ) throws(ConfigurationError) -> BearerToken {
        guard case .mapping(let members) = node else {
            throw ConfigurationError("\(name): '\(path)' must be a map with `token` and `owner`.")
        }
        var token: String?
        var owner: String?
        var labels: [String: String] = [:]
        for (keyNode, item) in members {
            switch keyNode.scalar?.string {
            case "token": token = try scalar(item, "\(path).token")
            case "owner": owner = try scalar(item, "\(path).owner")
            case "labels":
                guard case .mapping(let members) = item else {
                    throw ConfigurationError("\(name): '\(path).labels' must be a map of texts.")
                }
                for (label, item) in members {
                    let label = label.scalar?.string ?? ""
                    labels[label] = try scalar(item, "\(path).labels.\(label)")
                }
            case let other:
                throw ConfigurationError(
                    "\(name): there is no key '\(path).\(other ?? "")'; a token has `token`, `owner` and `labels`.")
            }
        }
        guard let token, let owner else {
            throw ConfigurationError("\(name): '\(path)' needs both `token` and `owner`.")
        }
        return BearerToken(token, owner: owner, labels: labels)
    }

    private func wrongType(_ path: String, _ kind: ConfigurationKey.Kind, _ node: Node) -> ConfigurationError {
        ConfigurationError(
            "\(name): '\(path)' must be \(kind == .integer ? "an" : "a") \(kind.rawValue), not \(Self.kind(of: node)).")
    }

    /// Whether a key has no value: nothing, `~` or `null`, not in quotes.
    private static func isNull(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private static func kind(of node: Node) -> String {
        switch node {
        case .mapping: "a map"
        case .sequence: "a list"
        default: "a single value"
        }
    }

    /// The parser's reason with its place, without the lines around it, which may hold a secret.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            "line \(mark.line), column \(mark.column): \(problem)."
        case YamlError.duplicatedKeysInMapping(let duplicates, _):
            "the key '\(duplicates.first ?? "")' stands twice."
        default: "it cannot be parsed."
        }
    }
}
