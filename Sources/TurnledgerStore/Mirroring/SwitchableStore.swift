// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One of a mirror's two stores, as the configuration names them.
public enum MirrorSide: String, Sendable, CaseIterable {
    /// The one that is configured as primary: it was so at the beginning.
    case first
    case second

    /// The store opposite.
    public var other: MirrorSide { self == .first ? .second : .first }
}

/// Which store decides, and since which switch.
public struct MirrorRoles: Hashable, Sendable {
    public var primary: MirrorSide
    public var epoch: Int64

    public init(primary: MirrorSide, epoch: Int64) {
        self.primary = primary
        self.epoch = epoch
    }

    /// What the primary's record must be for a write.
    package var record: MirrorRecord { MirrorRecord(role: .primary, epoch: epoch) }
}

/// A store that is made of two, which can change places.
public protocol SwitchableStore: CheckpointStore, RunStore {
    /// Makes one of the stores the primary, while servers go on. May be repeated.
    ///
    /// - Parameters:
    ///   - target: Which store is to be the primary; `nil`: the one that is not. Where it is already nothing happens.
    ///   - actor: Who asks, for the audit.
    ///   - catchUp: How long it may take to bring what is not in the secondary, before writes have to wait.
    /// - Throws: `.unavailable` where the secondary cannot be brought up to date in time, `.conflict` where somebody else
    ///   switches; the roles are as before then.
    func switchRoles(
        to target: MirrorSide?, actor: String, catchUp: Duration
    ) async throws(StoreError) -> MirrorSwitch
}

/// What a switch did.
public struct MirrorSwitch: Hashable, Sendable {
    /// The roles afterwards.
    public var roles: MirrorRoles
    /// Whether they are others than before.
    public var isNew: Bool
    /// How long writes had to wait.
    public var waited: Duration
    /// How many threads and logs were brought before and meanwhile.
    public var brought: Int

    public init(roles: MirrorRoles, isNew: Bool, waited: Duration, brought: Int) {
        self.roles = roles
        self.isNew = isNew
        self.waited = waited
        self.brought = brought
    }

    /// As JSON: `{"primary", "epoch", "changed", "waited_ms", "brought"}`.
    public var json: JSONValue {
        [
            "primary": .string(roles.primary.rawValue), "epoch": .integer(roles.epoch), "changed": .bool(isNew),
            "waited_ms": .integer(waited.microseconds / 1000), "brought": .integer(Int64(brought)),
        ]
    }
}
