// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent

/// Takes secrets and the conversation's text out of what an endpoint says, and makes it one short line.
struct Redactor: Sendable {
    /// The most characters that are kept.
    static let maximumLength = 300

    private let secrets: [String]
    private let texts: [String]

    /// - Parameters:
    ///   - secrets: The API key and the values of headers that may hold one.
    ///   - request: What was asked; endpoints like to repeat it when they refuse it.
    init(secrets: [String], request: ModelRequest? = nil) {
        self.secrets = secrets.filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
        texts = (request?.messages ?? []).map(\.text).filter { $0.utf8.count >= 12 }
    }

    func clean(_ text: String) -> String {
        var result = String(text.prefix(Self.maximumLength * 8))
        for secret in secrets { result = result.replacing(secret, with: "[secret]") }
        for text in texts { result = result.replacing(text, with: "[text]") }
        result = Self.withoutTokens(result)
        let words = result.unicodeScalars
            .split { $0.properties.isWhitespace || $0.properties.generalCategory == .control }
            .map { String($0) }
        result = words.joined(separator: " ")
        return result.count > Self.maximumLength ? result.prefix(Self.maximumLength - 1) + "…" : result
    }

    /// Replaces what looks like a key: `sk-…`, and the word behind `Bearer`. Providers repeat keys, half masked.
    private static func withoutTokens(_ text: String) -> String {
        text.replacing(/(?i)\bbearer\s+\S+/, with: "Bearer [secret]")
            .replacing(/\bsk-[A-Za-z0-9_*.\-]{4,}/, with: "[secret]")
    }
}
