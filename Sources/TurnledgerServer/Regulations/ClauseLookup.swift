// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Finds the clause behind a citation.
public protocol ClauseLookup: Sendable {
    /// Returns the clause as a JSON object, or `nil` where there is none.
    ///
    /// - Parameter id: A citation as answers have it: `document#number`.
    func clause(_ id: String) async throws -> JSONValue?
}
