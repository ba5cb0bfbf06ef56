// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a store knows about a thread without reading its values: what retention decides by.
public struct ThreadFacts: Hashable, Sendable {
    public var thread: ThreadID
    /// `nil`: the thread has no record, only other programs wrote it.
    public var owner: String?
    public var labels: [String: String]
    /// The later of the record's time and that of the newest checkpoint or write: the time in its ID or, where it has
    /// none, its `ts`. `nil`: nothing tells.
    public var lastActivity: Timestamp?
    /// Whether a run holds the thread, or one of its runs has not ended.
    public var isActive: Bool
    /// Whether an interrupt of the newest root checkpoint waits for an answer.
    public var isWaiting: Bool
    public var retention: ThreadRetention
    /// What would go with it, as rows; `threads` is 1.
    public var size: RemovedRows
    /// Of its values as they are stored, without indexes; 0 where it was not asked for.
    public var bytes: Int
    /// The greatest ID of a checkpoint or of a checkpoint that was written to; empty: there is none.
    public var newest: String
    /// The time of its record.
    public var updatedAt: Timestamp?

    public init(
        thread: ThreadID, owner: String? = nil, labels: [String: String] = [:], lastActivity: Timestamp?,
        isActive: Bool = false, isWaiting: Bool = false, retention: ThreadRetention = ThreadRetention(),
        size: RemovedRows = RemovedRows(), bytes: Int = 0, newest: String = "", updatedAt: Timestamp? = nil
    ) {
        self.thread = thread
        self.owner = owner
        self.labels = labels
        self.lastActivity = lastActivity
        self.isActive = isActive
        self.isWaiting = isWaiting
        self.retention = retention
        self.size = size
        self.bytes = bytes
        self.newest = newest
        self.updatedAt = updatedAt
    }

    /// Whether the thread, as it is now, may still be done to what was decided when it was `seen`.
    package func mayStillGo(seen: ThreadFacts, sparingWaiting: Bool) -> Bool {
        newest == seen.newest && updatedAt == seen.updatedAt && !isActive && !retention.isPinned
            && retention.hold == nil && !(sparingWaiting && isWaiting)
    }

    /// The time of a checkpoint: that in its ID, else its `ts`.
    package static func time(of id: String, timestamp: String?) -> Timestamp? {
        if id.utf8.count == 36, let ticks = CheckpointID(id).ticks { return Timestamp(microseconds: ticks / 10) }
        return timestamp.flatMap { Timestamp(isoformat: $0) }
    }
}

extension Timestamp {
    /// Reads what Python's `datetime.isoformat()` prints for a time with a zone; `nil` for anything else.
    package init?(isoformat text: String) {
        guard let match = text.wholeMatch(of: Self.isoformat) else { return nil }
        let parts = match.output
        guard let year = Int64(parts.1), let month = Int64(parts.2), let day = Int64(parts.3),
            let hour = Int64(parts.4), let minute = Int64(parts.5), let second = Int64(parts.6),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        var microseconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        if let sign = parts.8, let hours = parts.9.flatMap({ Int64($0) }), let minutes = parts.10.flatMap({ Int64($0) })
        {
            microseconds -= (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
        }
        microseconds *= 1_000_000
        if let fraction = parts.7 {
            microseconds += Int64(String((fraction + "000000").prefix(6))) ?? 0
        }
        self.init(microseconds: microseconds)
    }

    nonisolated(unsafe) private static let isoformat =
        #/(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))/#

    /// Days from 1970-01-01 to a date (as `civil`, the other way round).
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
