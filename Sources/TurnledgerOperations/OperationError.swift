// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A failure of an archive, a backup or an erasure, as a sentence for operators.
public struct OperationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
