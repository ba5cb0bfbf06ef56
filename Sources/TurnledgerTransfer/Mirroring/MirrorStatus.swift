// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
public import TurnledgerStore

/// How a mirror is, as this process knows it.
public struct MirrorStatus: Sendable {
    /// What has been counted since the process began.
    public struct Tally: Sendable {
        /// How many threads and logs are marked, as seen last.
        public var queued = 0
        /// Since when the oldest waits; `nil`: nothing waits.
        public var oldest: Timestamp?
        /// Reads that were repeated on the secondary, and how many of them differed.
        public var shadowReads = 0
        public var shadowDifferences = 0
        /// How often a thread could not be brought.
        public var setbacks = 0
        /// How many shadow reads are under way.
        var readingShadows = 0

        mutating func note(_ backlog: MirrorBacklog) {
            queued = backlog.count
            oldest = backlog.marks.first?.since
        }
    }

    /// `nil`: not known yet.
    public var roles: MirrorRoles?
    public var tally: Tally
}

extension MirrorStore {
    /// How the mirror is. Asks nobody.
    public var status: MirrorStatus { MirrorStatus(roles: knownRoles, tally: tally.withLock { $0 }) }

    /// How old the oldest mark is.
    public var lag: Duration {
        guard let oldest = tally.withLock({ $0.oldest }) else { return .zero }
        return .microseconds(max(0, clock.now().microseconds - oldest.microseconds))
    }

    /// Compares the newest checkpoint of both stores, beside what goes on.
    func readShadow(of thread: ThreadID, namespace: Namespace) {
        let mayBegin = tally.withLock { tally in
            guard tally.readingShadows < 8 else { return false }
            tally.readingShadows += 1
            return true
        }
        guard mayBegin else { return }
        Task {
            let isEqual = await isEqual(thread, namespace)
            tally.withLock { tally in
                tally.readingShadows -= 1
                guard let isEqual else { return }
                tally.shadowReads += 1
                if !isEqual { tally.shadowDifferences += 1 }
            }
            if isEqual == false {
                logger.warning("Shadow read differs", metadata: ["thread_id": "\(thread)"])
            }
        }
    }

    /// Whether both have the same; `nil`: the thread changes, is on its way, or a store does not answer.
    private func isEqual(_ thread: ThreadID, _ namespace: Namespace) async -> Bool? {
        guard let roles = knownRoles else { return nil }
        let (primary, secondary) = (part(roles.primary), part(roles.primary.other))
        guard let before = try? await primary.latest(in: thread, namespace: namespace) else { return nil }
        let (form, begun) = (try? CanonicalForm(before), ContinuousClock.now)
        // What is on its way gets some time.
        for attempt in 0..<5 {
            if attempt > 0 { await pause(.milliseconds(400)) }
            guard let found = try? await secondary.latest(in: thread, namespace: namespace) else { continue }
            if let form, found.checkpoint.id == before.checkpoint.id, (try? CanonicalForm(found)) == form {
                return true
            }
        }
        // It differs where it has stood still meanwhile, and the courier is not behind.
        guard let after = try? await primary.latest(in: thread, namespace: namespace), knownRoles == roles, let form,
            after.checkpoint.id == before.checkpoint.id, (try? CanonicalForm(after)) == form,
            lag < .now - begun
        else { return nil }
        return false
    }
}
