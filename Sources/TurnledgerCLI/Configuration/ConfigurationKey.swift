// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One key of the configuration: where it lies, what it takes, what it means.
///
/// `all` is the one table behind reading, `config check` and `docs/configuration.md`.
struct ConfigurationKey: Sendable {
    /// What a key takes. A scalar in the file is text; the key says how the text is read.
    enum Kind: String, Sendable {
        case text, integer, number, boolean
        /// A whole number of seconds.
        case seconds
        case list = "list of texts"
        case map = "map of texts"
        /// Maps with `token`, `owner` and, where wanted, `labels`.
        case tokens = "list of tokens"
    }

    let path: String
    let kind: Kind
    /// As it would stand in the file; `nil`: no value.
    let fallback: String?
    let isSecret: Bool
    /// A variable by which other programs are told the same: it counts where nothing else says it.
    let standardVariable: String?
    let meaning: String

    init(
        _ path: String, _ kind: Kind, default fallback: String? = nil, isSecret: Bool = false,
        standardVariable: String? = nil, _ meaning: String
    ) {
        self.path = path
        self.kind = kind
        self.fallback = fallback
        self.isSecret = isSecret
        self.standardVariable = standardVariable
        self.meaning = meaning
    }

    /// The variable of the environment that overrides the key; lists and maps of maps have none.
    var variable: String? {
        switch kind {
        case .map, .tokens: nil
        default: "TURNLEDGER_" + path.replacing(".", with: "_").uppercased()
        }
    }

    static func named(_ path: String) -> ConfigurationKey? { byPath[path] }

    /// Whether keys lie below this path.
    static func isBlock(_ path: String) -> Bool { blocks.contains(path) }

    /// The known path that is most like a wrong one.
    static func nearest(to path: String) -> String? {
        let candidates = Set(all.map(\.path)).union(blocks)
        let best = candidates.map { ($0, editDistance($0, path)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let best, best.1 <= max(3, path.count / 3) else { return nil }
        return best.0
    }

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

    private static let blocks: Set<String> = {
        var blocks: Set<String> = []
        for key in all {
            var parts = key.path.split(separator: ".")
            while parts.count > 1 {
                parts.removeLast()
                blocks.insert(parts.joined(separator: "."))
            }
        }
        return blocks
    }()

    /// Levenshtein's distance.
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in right.indices {
                let substitution = diagonal + (letter == right[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
