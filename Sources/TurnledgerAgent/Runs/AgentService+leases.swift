// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

extension AgentService {
    /// Serves until cancelled: renews the leases of the runs that are executed here, and takes up runs whose server is
    /// gone, those of this server's own past among them.
    public func run() async throws {
        await withTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    await self.renewLeases()
                    try? await Task.sleep(for: self.configuration.beatInterval)
                }
            }
            group.addTask {
                var watch = LeaseWatch()
                while !Task.isCancelled {
                    await self.takeUpRuns(&watch)
                    try? await Task.sleep(for: self.configuration.watchInterval)
                }
            }
            if let announcements = (self.store as? any RunAnnouncing)?.announcements {
                group.addTask {
                    for await news in announcements { self.changes.take(news) }
                    self.changes.take(.deaf)
                }
            }
            if let store = self.store as? any RunLogPruning {
                group.addTask {
                    while !Task.isCancelled {
                        await self.pruneLogs(of: store)
                        try? await Task.sleep(for: self.configuration.logLifetime / 4)
                    }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    await self.heedStopRequests()
                    try? await Task.sleep(for: .milliseconds(250))
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(5))
                    await self.statistics?.flush()
                }
            }
        }
    }

    /// Removes the logs of runs that ended long ago. What fails is tried again the next time.
    private func pruneLogs(of store: any RunLogPruning) async {
        let time = clock.now() + (.zero - configuration.logLifetime)
        while !Task.isCancelled {
            guard let count = try? await store.pruneLogs(endedBefore: time, limit: Self.logsAtOnce) else { return }
            if count > 0 { logger.debug("logs of ended runs are removed", metadata: ["runs": "\(count)"]) }
            if count < Self.logsAtOnce { return }
        }
    }

    private static let logsAtOnce = 100

    private func renewLeases() async {
        let held = active.withLock { $0 }
        guard !held.isEmpty, let renewed = try? await store.renew(held.values.map(\.lease)) else { return }
        let leases = Dictionary(renewed.map { ($0.run, $0) }, uniquingKeysWith: { $1 })
        for (id, run) in held {
            let isLost = active.withLock { active in
                // It may have ended meanwhile.
                guard active[id]?.lease.epoch == run.lease.epoch else { return false }
                if let lease = leases[id] { active[id]?.lease = lease }
                return leases[id] == nil
            }
            guard isLost, (try? await store.run(id))?.status == .running else { continue }
            logger.warning("lease was lost", metadata: ["run_id": "\(id)"])
            metrics.leaseWasLost()
            run.execution?.cancel()
        }
    }

    private func takeUpRuns(_ watch: inout LeaseWatch) async {
        let unfinished: [UnfinishedRun]
        do {
            unfinished = try await store.unfinishedRuns(in: nil)
        } catch {
            // Whoever cannot see the store has not seen a lease stand still.
            watch = LeaseWatch()
            return
        }
        let now = ContinuousClock.now
        watch.keep(unfinished.map(\.run.id))
        var threads: Set<ThreadID> = []
        for item in unfinished {
            // One run of a thread at a time: the oldest.
            guard threads.insert(item.run.thread).inserted, active.withLock({ $0[item.run.id] == nil }) else {
                continue
            }
            guard await isFree(item, &watch, now) else { continue }
            await takeUp(item)
        }
    }

    private func isFree(_ item: UnfinishedRun, _ watch: inout LeaseWatch, _ now: ContinuousClock.Instant) async -> Bool
    {
        guard let lease = item.lease else {
            // Whoever made a run that waits sees to it; behind an outage that server may need a moment.
            return store is any DegradableStore
                ? watch.hasWaited(item.run, for: configuration.leaseDuration, at: now) : true
        }
        if let store = store as? any HolderProbing, let isAlive = try? await store.isHolderAlive(lease.holder) {
            if !isAlive { return true }
        }
        return watch.hasStoodStill(lease, of: item.run.id, at: now)
    }

    func takeUp(_ item: UnfinishedRun) async {
        guard let store = store as? any RecoveringStore else { return await takeOver(item) }
        await store.recovering(item.run) { await takeOver(item) }
    }

    private func takeOver(_ item: UnfinishedRun) async {
        do {
            let (run, lease) = try await store.takeOver(
                item.run.id, observed: item.lease, holder: holder, duration: configuration.standstill,
                at: clock.now())
            announcer.changed([run.id])
            logger.info("run is taken up", metadata: ["run_id": "\(run.id)", "attempt": "\(run.attempt)"])
            guard run.attempt <= configuration.attemptLimit else {
                try await store.finish(
                    run.id, as: .failed, failure: "began \(run.attempt) times without an end", at: clock.now(),
                    fence: Fence(epoch: lease.epoch))
                return
            }
            guard let input = try? RunInput(run.input) else {
                // Such as an import that its server did not finish.
                try await store.finish(
                    run.id, as: .failed, failure: "the input cannot be read", at: clock.now(),
                    fence: Fence(epoch: lease.epoch))
                return
            }
            launch(run, lease: lease, input: input, as: item.run.status == .pending ? .queued : .takenOver)
        } catch {
            // One that ended, or that its server or a third took up again, since it was looked at, is not this server's.
            logger.log(
                level: error.code == .conflict ? .debug : .warning, "run cannot be taken up",
                metadata: ["run_id": "\(item.run.id)", "error": "\(error.code)"])
        }
    }
}

/// Remembers since when each lease has stood still, by this server's own clock.
struct LeaseWatch: Sendable {
    private var seen: [RunID: (lease: Lease?, since: ContinuousClock.Instant)] = [:]

    /// Forgets the runs that are not among these.
    mutating func keep(_ runs: [RunID]) {
        let runs = Set(runs)
        seen = seen.filter { runs.contains($0.key) }
    }

    /// Whether a run that nobody holds has been seen like that for so long.
    mutating func hasWaited(_ run: RunRecord, for duration: Duration, at now: ContinuousClock.Instant) -> Bool {
        if let known = seen[run.id], known.lease == nil { return now - known.since >= duration }
        seen[run.id] = (nil, now)
        return false
    }

    /// Whether the lease has not been renewed for its whole duration, as far as this server has seen.
    mutating func hasStoodStill(_ lease: Lease, of run: RunID, at now: ContinuousClock.Instant) -> Bool {
        if let known = seen[run], known.lease == lease { return now - known.since >= lease.duration }
        seen[run] = (lease, now)
        return false
    }
}
