// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What somebody knows of a thread's newest checkpoint in the root namespace.
public enum KnownHead: Hashable, Sendable {
    /// Nothing: it is to be read.
    case unread
    /// The newest checkpoint; `nil`: the thread has none.
    case read(StoredCheckpoint?)
}
