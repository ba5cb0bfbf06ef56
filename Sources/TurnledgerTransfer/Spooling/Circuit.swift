// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Decides whether a database counts as there or as away: events in, changes out, no clock of its own.
///
///     connected ──outage──► away ──answers for `calm` without a gap──► connected
///
/// What a call reports is a suspicion alone; `outage` is one that a probe has confirmed. The way back asks for calm: at
/// least three answers in a row, over a time that doubles with each relapse, so that a database that comes and goes does
/// not make its callers come and go with it.
struct Circuit: Sendable {
    /// What makes the circuit change.
    struct Policy: Hashable, Sendable {
        /// For how long the database must answer before it counts as back.
        var calm = Duration.seconds(1)
        /// The longest such time, however often it went away again.
        var longestCalm = Duration.seconds(30)
        /// Going away again sooner than this after a return is a relapse.
        var relapse = Duration.seconds(60)
        /// The fewest answers in a row.
        var answers = 3
    }

    enum State: Hashable, Sendable {
        case connected
        case away
    }

    enum Event: Hashable, Sendable {
        /// A call failed or hung, and so did a probe.
        case outage
        case probeAnswered
        case probeFailed
    }

    /// What the caller has to tell.
    enum Change: Hashable, Sendable {
        case wentAway
        case cameBack
    }

    let policy: Policy
    private(set) var state: State
    /// When the state last changed.
    private(set) var since: ContinuousClock.Instant
    /// For how long the database must answer now.
    private(set) var calm: Duration
    private var cameBackAt: ContinuousClock.Instant?
    private var answers: (first: ContinuousClock.Instant, count: Int)?

    /// - Parameters:
    ///   - state: As it was found at the start.
    ///   - now: When that was.
    init(_ state: State = .connected, policy: Policy = Policy(), now: ContinuousClock.Instant) {
        self.policy = policy
        self.state = state
        since = now
        calm = policy.calm
    }

    /// - Returns: The change that the event made; `nil`: none.
    mutating func handle(_ event: Event, at now: ContinuousClock.Instant) -> Change? {
        switch (state, event) {
        case (.connected, .outage):
            let isRelapse = cameBackAt.map { now - $0 < policy.relapse } ?? false
            calm = isRelapse ? min(calm * 2, policy.longestCalm) : policy.calm
            (state, since, answers) = (.away, now, nil)
            return .wentAway
        case (.away, .probeAnswered):
            let first = answers?.first ?? now
            let count = (answers?.count ?? 0) + 1
            answers = (first, count)
            guard count >= policy.answers, now - first >= calm else { return nil }
            (state, since, cameBackAt, answers) = (.connected, now, now, nil)
            return .cameBack
        case (.away, .outage), (.away, .probeFailed):
            answers = nil
            return nil
        case (.connected, .probeAnswered), (.connected, .probeFailed):
            // Whoever suspects an outage reports it as such.
            return nil
        }
    }
}
