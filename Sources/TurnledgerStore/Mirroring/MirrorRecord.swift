// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a store of a mirrored pair knows about its place: it lies in the store itself.
public struct MirrorRecord: Hashable, Sendable {
    /// What the store is in its pair.
    public enum Role: String, Sendable {
        /// It decides: all writes go there first.
        case primary
        /// It was the primary and takes no writes for a moment: somebody switches.
        case sealed
        /// It gets what the primary has.
        case secondary
    }

    public var role: Role
    /// Raised by one at every switch. The store with the greater one knows better.
    public var epoch: Int64
    /// Who may write a secondary, or who sealed a primary; `nil`: nobody.
    public var holder: String?
    /// Raised by the holder again and again, as long as it is there.
    public var beat: Int64

    public init(role: Role, epoch: Int64, holder: String? = nil, beat: Int64 = 0) {
        self.role = role
        self.epoch = epoch
        self.holder = holder
        self.beat = beat
    }

    /// What a writer relies on, as one text that a store compares within each write: all but the beat.
    public var standing: String { "\(role.rawValue) \(epoch) \(holder ?? "")" }

    /// Reads what a store keeps: `standing` and the beat.
    package init?(standing: String, beat: Int64) {
        let parts = standing.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let role = Role(rawValue: parts[0]), let epoch = Int64(parts[1]) else { return nil }
        self.init(role: role, epoch: epoch, holder: parts[2].isEmpty ? nil : parts[2], beat: beat)
    }
}
