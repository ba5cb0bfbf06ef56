// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Which versions of the AI SDK's client a UI message stream is made for.
///
/// Clients refuse chunks that they do not know, and say nothing about their version: the server must be told.
public enum ClientProfile: String, Hashable, Sendable, CaseIterable {
    /// Every client from 5.0.92 to 7.x.
    case conservative
    /// 5.0.216 and later.
    case v5
    /// 6.0.230 and later: approvals are asked for and answered by name.
    case v6
    /// 7.0.77 and later.
    case v7

    /// Whether the client knows `tool-approval-request` and `tool-output-denied`. Others get a call without an output, and
    /// answer it with one.
    var knowsApprovals: Bool { self == .v6 || self == .v7 }
}
