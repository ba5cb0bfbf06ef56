// Turnledger. SPDX-License-Identifier: Apache-2.0

/// How a mirror behaves.
public struct MirrorSettings: Sendable {
    /// Whether reads of the newest checkpoint are repeated on the secondary and compared.
    public var readsShadows = false
    /// How long a write waits for a switch to end.
    public var patience = Duration.seconds(15)
    /// How long who switches or brings must stand still before another takes over.
    public var takeOver = Duration.seconds(3)
    /// How long a switch may keep writes waiting before it gives up.
    public var barrier = Duration.seconds(10)
    /// How often a holder shows that it is there.
    var beat = Duration.milliseconds(400)
    /// How often is looked for marks of other servers, and for other roles.
    var interval = Duration.milliseconds(50)
    /// How many threads are brought at once.
    var parallelism = 8

    public init() {}
}
