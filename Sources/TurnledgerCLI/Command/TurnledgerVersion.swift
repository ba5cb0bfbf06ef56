// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The version of the binary; the changelog has the same.
enum TurnledgerVersion {
    static let current = "0.1.0"
}
