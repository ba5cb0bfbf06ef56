// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store whose chores (retention, backups) are done by one server at a time.
///
/// A chore's lease is a row, renewed by its holder. As a thread's lease it does not end by the clock: who has watched it
/// stand still for its whole duration may take it. Two that do a chore at once do no harm, only twice the work.
public protocol ChoreStore: Sendable {
    /// Takes a chore's lease where nobody holds it, or where it is as `observed`.
    ///
    /// - Returns: The lease; `nil`: somebody else holds it.
    func takeChore(
        _ name: String, holder: String, observed: Chore?, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> Chore?

    /// Raises the lease's beat. - Returns: The lease; `nil`: it has passed to another holder.
    func renewChore(_ chore: Chore, at time: Timestamp) async throws(StoreError) -> Chore?

    /// Gives the lease back and leaves a note for whoever asks how it went; one that has passed on stays as it is.
    func finishChore(_ chore: Chore, note: String, at time: Timestamp) async throws(StoreError)

    /// The chore as it is; `nil`: nobody ever did it.
    func chore(_ name: String) async throws(StoreError) -> Chore?
}

/// A chore, who does it and how it went last (table `turnledger_chores`).
public struct Chore: Hashable, Sendable {
    public var name: String
    /// `nil`: nobody does it now.
    public var holder: String?
    /// Raised by one each time that it is taken.
    public var epoch: Int64
    /// Raised by one each time that it is renewed.
    public var beat: Int64
    public var duration: Duration
    /// What its last holder left, as JSON; empty: nothing.
    public var note: String
    /// When it was last taken, renewed or given back, by that holder's clock.
    public var updatedAt: Timestamp

    public init(
        name: String, holder: String?, epoch: Int64, beat: Int64, duration: Duration, note: String,
        updatedAt: Timestamp
    ) {
        self.name = name
        self.holder = holder
        self.epoch = epoch
        self.beat = beat
        self.duration = duration
        self.note = note
        self.updatedAt = updatedAt
    }

    /// Whether it stood still since it was `observed`.
    package func isUnchanged(since observed: Chore?) -> Bool {
        observed.map { $0.epoch == epoch && $0.beat == beat && $0.holder == holder } ?? false
    }
}
