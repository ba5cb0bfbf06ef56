// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Writes a query in FTS5's language from terms.
///
/// Terms hold letters, digits, dots and ideographs only (see `Tokenizer`) and stand in quotes, so that no text of a user
/// can be an operator.
enum MatchExpression {
    /// Any of the terms; `宽*` is every term that begins so.
    static func any(of terms: [String]) -> String {
        terms.map { term in
            term.hasSuffix("*") ? "\"\(term.dropLast())\" *" : "\"\(term)\""
        }.joined(separator: " OR ")
    }
}
