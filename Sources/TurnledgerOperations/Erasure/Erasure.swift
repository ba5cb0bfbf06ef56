// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A place beside the store that holds things of an owner, such as an archive or a spool.
public protocol ErasablePlace: Sendable {
    /// For the receipt.
    var name: String { get }

    /// Removes all of an owner's but the threads that stay in the store: their copies stay as well.
    /// - Returns: What went, by kind.
    func erase(owner: String, sparing: Set<ThreadID>) async throws -> [String: Int]

    /// How much of an owner's is there.
    func count(owner: String) async throws -> Int
}

extension ArchiveFolder: ErasablePlace {
    public var name: String { "archive" }

    public func erase(owner: String, sparing: Set<ThreadID>) async throws -> [String: Int] {
        let gone: (threads: Int, rows: Int) = try await erase(owner: owner, sparing: sparing)
        return ["threads": gone.threads, "rows": gone.rows]
    }

    public func count(owner: String) async throws -> Int {
        try manifests().reduce(0) { sum, manifest in
            sum + manifest.threads.count { $0.owner.map { ExactText($0) == ExactText(owner) } ?? false }
        }
    }
}

/// The counters of a store that name an owner.
public struct StatisticsPlace: ErasablePlace {
    public let name = "statistics"
    private let store: any StatisticsStore

    public init(_ store: any StatisticsStore) { self.store = store }

    /// All of them, whatever threads stay: they count, and hold nothing.
    public func erase(owner: String, sparing: Set<ThreadID>) async throws -> [String: Int] {
        ["counters": try await store.forgetStatistics(of: owner)]
    }

    public func count(owner: String) async throws -> Int {
        try await store.statistics(StatisticsQuery(days: "0000-01-01"..."9999-12-31", owner: owner)).count
    }
}

/// Removes all of an owner's: threads with their checkpoints, writes, runs and events, and what other places have.
public struct Erasure: Sendable {
    /// What an erasure needs of a store.
    public typealias Store = RunStore & RetentionStore & TombstoneStore

    private let store: any Store
    private let places: [any ErasablePlace]
    private let clock: any WallClock

    public init(_ store: any Store, places: [any ErasablePlace] = [], clock: any WallClock = SystemWallClock()) {
        self.store = store
        self.places = places
        self.clock = clock
    }

    /// Erases, and says what.
    ///
    /// Threads on legal hold stay, and those with a run that has not ended, and what other places have of them; the
    /// receipt names both counts. Each thread goes
    /// in one transaction: what broke off is finished by a second call.
    /// - `actor`: Who asked for it, for the audit table.
    public func erase(owner: String, actor: String) async throws -> ErasureReceipt {
        var receipt = ErasureReceipt(owner: owner, erasedAt: clock.now().rfc3339)
        var removed = RemovedRows()
        var staying: Set<ThreadID> = []
        for thread in try await threads(of: owner) {
            if try await store.retention(of: thread).hold != nil {
                receipt.held += 1
                staying.insert(thread)
                continue
            }
            guard try await store.unfinishedRuns(in: thread).isEmpty else {
                receipt.busy += 1
                staying.insert(thread)
                continue
            }
            if let store = store as? any ArchivingStore {
                for row in try await store.threadRows(of: thread)?.rows ?? [] {
                    receipt.places["store", default: [:]][row.table, default: 0] += 1
                }
            }
            removed += try await store.bury(thread, as: .erased, at: clock.now())
            receipt.threadHashes.append(ErasureReceipt.hash(of: thread))
        }
        let counts = [
            "threads": receipt.threadHashes.count, "checkpoints": removed.checkpoints,
            "checkpoint_blobs": removed.blobs, "checkpoint_writes": removed.writes,
        ]
        // What the removal itself counted goes before what was there a moment earlier.
        receipt.places["store", default: [:]].merge(counts) { $1 }
        for place in places { receipt.places[place.name] = try await place.erase(owner: owner, sparing: staying) }
        if let store = store as? any ReclaimingStore, !receipt.threadHashes.isEmpty { try await store.reclaimSpace() }
        if let audit = store as? any AuditStore {
            // The owner's name stays out of rows that nobody can remove: its hash says whether it was this one.
            try await audit.record(
                AuditEntry(
                    time: clock.now(), actor: actor, action: .erased, subject: "sha256:" + receipt.ownerHash,
                    details: ["receipt": .string(receipt.checksum), "places": receipt.placesJSON]))
        }
        return receipt
    }

    /// Looks whether anything is left of what a receipt says went. - Returns: What is left, a sentence each.
    public func remains(of receipt: ErasureReceipt, owner: String) async throws -> [String] {
        guard receipt.ownerHash == ErasureReceipt.hash(ofOwner: owner) else {
            return ["The receipt is that of another owner."]
        }
        var remains: [String] = []
        let left = try await threads(of: owner).count
        if left > 0 { remains.append("The store has \(left) threads of the owner.") }
        let hashes = Set(receipt.threadHashes)
        var last: ThreadID?
        while true {
            let page = try await store.threadFacts(behind: last, limit: 500, measuring: false)
            for facts in page where hashes.contains(ErasureReceipt.hash(of: facts.thread)) {
                remains.append("The store has rows of an erased thread: \(facts.thread).")
            }
            guard page.count == 500 else { break }
            last = page.last?.thread
        }
        for place in places {
            let count = try await place.count(owner: owner)
            if count > 0 { remains.append("The \(place.name) has \(count) threads of the owner.") }
        }
        return remains
    }

    private func threads(of owner: String) async throws(StoreError) -> [ThreadID] {
        var ids: [ThreadID] = []
        var query = ThreadQuery(owner: owner, limit: 100)
        repeat {
            let page = try await store.threads(query)
            ids += page.threads.map(\.id)
            query.cursor = page.next
        } while query.cursor != nil
        return ids
    }
}
