// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

/// Brings what is marked in the primary to the secondary, and takes the marks away.
///
/// There is one for a pair at a time: the secondary's record names it, and each of its writes is refused there when
/// another has taken its place. So of what two of them read of a thread, the older can never be written last.
final class MirrorCourier: Sendable {
    private struct Place: Sendable {
        let roles: MirrorRoles
        let hold: MirrorHold
        let copier: MirrorCopier
    }

    private struct Setback {
        var pause = Duration.milliseconds(500)
        var until: ContinuousClock.Instant
    }

    private let store: MirrorStore
    private let name = UniqueID.random()
    private let place = Mutex<Place?>(nil)
    private let setbacks = Mutex<[MirrorMark.Subject: Setback]>([:])

    /// How many marks are looked at in one go.
    private static let batch = 512

    init(of store: MirrorStore) { self.store = store }

    private var primary: (any MirrorableStore)? { place.withLock { $0?.roles.primary }.map { store.part($0) } }

    /// Whether this is the pair's courier for these roles.
    func isThere(for roles: MirrorRoles) -> Bool {
        place.withLock { place in
            guard let current = place, current.roles == roles, current.hold.record != nil else {
                place = nil
                return false
            }
            return true
        }
    }

    /// The secondary's record, as long as this is the pair's courier.
    var hold: MirrorHold? { place.withLock { $0?.hold } }

    /// Becomes the pair's courier where nobody else is, or in any case.
    func acquire(
        _ roles: MirrorRoles, watch: inout StandstillWatch, isForced: Bool = false
    ) async throws(StoreError) -> Bool {
        let secondary = store.part(roles.primary.other)
        guard let record = try await store.takeSecondary(roles, for: name, watch: &watch, isForced: isForced) else {
            return false
        }
        let copier = MirrorCopier(from: store.part(roles.primary), to: secondary, under: record)
        place.withLock {
            $0 = Place(roles: roles, hold: MirrorHold(of: record, in: secondary), copier: copier)
        }
        return true
    }

    /// Lets the next one begin at once.
    func release() async {
        guard
            let hold = place.withLock({ place in
                defer { place = nil }
                return place?.hold
            }), var record = hold.record
        else { return }
        record.holder = nil
        // One that is not reached stands still instead.
        _ = try? await hold.replace(with: record)
    }

    /// Brings the oldest marks.
    ///
    /// - Parameter deadline: When no further one is begun.
    /// - Returns: How many were brought, and how many there are.
    /// - Throws: What keeps all of them from being brought: a store that is away, another courier. What stands in the way
    ///   of one thread alone is logged, and tried again later.
    func deliver(
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> (brought: Int, left: Int) {
        guard let place = place.withLock({ $0 }) else { throw Self.replaced }
        let source = store.part(place.roles.primary)
        let backlog = try await source.mirrorBacklog(limit: Self.batch)
        store.tally.withLock { $0.note(backlog) }
        let now = ContinuousClock.now
        let due = setbacks.withLock { setbacks in
            backlog.marks.filter { mark in setbacks[mark.subject].map { $0.until <= now } ?? true }
        }
        let results = await withTaskGroup(of: (MirrorMark, StoreError?).self) { group in
            var (results, left) = ([(MirrorMark, StoreError?)](), due[...])
            func begin() {
                if let deadline, deadline < .now { return }
                guard let mark = left.popFirst() else { return }
                group.addTask {
                    do throws(StoreError) {
                        try await place.copier.bring(mark.subject)
                        return (mark, nil)
                    } catch {
                        return (mark, error)
                    }
                }
            }
            for _ in 0..<store.settings.parallelism { begin() }
            while let result = await group.next() {
                results.append(result)
                if !(result.1.map(Self.concernsAll) ?? false) { begin() }
            }
            return results
        }
        let brought = results.filter { $0.1 == nil }.map(\.0)
        if !brought.isEmpty { try await source.settle(brought, at: store.clock.now()) }
        for (mark, error) in results { try note(mark.subject, error) }
        return (brought.count, backlog.count - brought.count)
    }

    /// Brings the leases of threads without marks, whose beats are not marked.
    func bringLeases(of threads: Set<ThreadID>) async throws(StoreError) {
        guard let place = place.withLock({ $0 }) else { throw Self.replaced }
        _ = try await concurrently(Array(threads), atMost: store.settings.parallelism * 2) {
            (thread) async throws(StoreError) in try await place.copier.bringRecord(of: thread)
        }
    }

    private func note(_ subject: MirrorMark.Subject, _ error: StoreError?) throws(StoreError) {
        guard let error else {
            setbacks.withLock { $0[subject] = nil }
            return
        }
        if error.isMirrorRoleChange { hold?.lose() }
        if Self.concernsAll(error) { throw error }
        let isFirst = setbacks.withLock { setbacks in
            let before = setbacks[subject]
            let pause = min(before.map { $0.pause * 2 } ?? .milliseconds(500), .seconds(60))
            setbacks[subject] = Setback(pause: pause, until: .now + pause)
            return before == nil
        }
        store.tally.withLock { $0.setbacks += 1 }
        if isFirst {
            store.logger.error(
                "Cannot be mirrored", metadata: ["subject": "\(subject.text)", "reason": "\(error.detail)"])
        }
    }

    private static func concernsAll(_ error: StoreError) -> Bool {
        error.isMirrorRoleChange || error.code == .unavailable || error.code == .full || error.code == .closed
    }

    private static var replaced: StoreError {
        StoreError(.conflict, "Another server brings changes to the secondary.", underlying: MirrorRoleChanged())
    }

    // MARK: What is not marked

    /// Marks every thread of the primary that the secondary has not, or has otherwise: those from before the mirror.
    ///
    /// Cost: a listing of all records, and of the places of all checkpoints.
    func markDifferences() async throws(StoreError) {
        guard let place = place.withLock({ $0 }) else { throw Self.replaced }
        let (source, target) = (store.part(place.roles.primary), store.part(place.roles.primary.other))
        var seen: Set<ThreadID> = []
        var query = ThreadQuery(limit: 200)
        repeat {
            let page = try await source.threads(query)
            seen.formUnion(page.threads.map(\.id))
            let different = try await Self.different(page.threads, in: target)
            try await mark(different.map { .thread($0) }, in: source)
            query.cursor = page.next
        } while query.cursor != nil
        // Threads that only other programs have written have no record.
        var strays: [MirrorMark.Subject] = []
        var cursor: CheckpointListing.Cursor?
        repeat {
            let page = try await source.places(of: nil, behind: cursor)
            for place in page.places where seen.insert(place.thread).inserted {
                let newest = try await target.list(
                    CheckpointQuery(thread: place.thread, limit: 1, includesValues: false)
                ).collect()
                if newest.first?.checkpoint.reference != place { strays.append(.thread(place.thread)) }
            }
            cursor = page.next
        } while cursor != nil
        try await mark(strays, in: source)
        if source is any ClauseStore { try await mark([.clauses], in: source) }
    }

    private func mark(_ subjects: [MirrorMark.Subject], in source: any MirrorableStore) async throws(StoreError) {
        guard !subjects.isEmpty else { return }
        try await source.mark(subjects, token: .random(in: .min ... .max), at: store.clock.now())
    }

    private static func different(
        _ records: [ThreadRecord], in target: any MirrorableStore
    ) async throws(StoreError) -> [ThreadID] {
        try await concurrently(records, atMost: 16) { (record) async throws(StoreError) in
            try await target.thread(record.id) == record ? nil : record.id
        }.compactMap(\.self)
    }
}
