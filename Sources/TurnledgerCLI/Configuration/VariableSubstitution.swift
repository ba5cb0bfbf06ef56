// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Puts variables of the environment into a text: `${NAME}`, `${NAME:-default}`, and `$${` for a plain `${`.
///
/// Works on one value of the parsed file, so that a value may hold any character: what a variable holds is never read
/// as YAML, and never substituted again.
enum VariableSubstitution {
    /// - Throws: `ConfigurationError` for a variable that is not set and has no default, and for a broken `${`.
    static func apply(
        to text: String, key: String, environment: [String: String]
    ) throws(ConfigurationError) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex, rest[rest.index(before: start.lowerBound)] == "$" {
                result += rest[..<rest.index(before: start.lowerBound)] + "${"
                rest = rest[start.upperBound...]
                continue
            }
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw ConfigurationError("'\(key)' has a `${` without its `}`. For a plain `${` write `$${`.")
            }
            result += try value(of: rest[start.upperBound..<end], key: key, environment: environment)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func value(
        of reference: Substring, key: String, environment: [String: String]
    ) throws(ConfigurationError) -> String {
        let separator = reference.firstRange(of: ":-")
        let name = String(separator.map { reference[..<$0.lowerBound] } ?? reference)
        guard isName(name) else {
            throw ConfigurationError("'\(key)' refers to `${\(name)}`, which is no name of a variable.")
        }
        if let separator {
            guard let value = environment[name], !value.isEmpty else {
                return String(reference[separator.upperBound...])
            }
            return value
        }
        guard let value = environment[name] else {
            throw ConfigurationError(
                "'\(key)' needs the environment variable \(name), which is not set. Set it, or give a default: "
                    + "`${\(name):-…}`.")
        }
        return value
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
