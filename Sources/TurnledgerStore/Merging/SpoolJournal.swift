// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Remembers which threads a store keeps in place of another one, and what those grew from.
public protocol SpoolJournal: Sendable {
    /// All of them, the first spooled first.
    func spooledThreads() async throws(StoreError) -> [SpooledThread]

    /// Notes a thread, in place of what was noted of it before.
    func note(_ thread: SpooledThread) async throws(StoreError)

    /// Removes a note. No error where there is none.
    func forgetSpooled(_ thread: ThreadID) async throws(StoreError)
}

/// A store that can stand in for another one.
public typealias SpoolStore = MergingStore & SpoolJournal & TurnJournalStore & CopyingStore & DeltaHistoryStore

/// A thread that lies in a spool (table `turnledger_spool`).
public struct SpooledThread: Hashable, Sendable {
    public var thread: ThreadID
    /// When it came into the spool.
    public var spooledAt: Timestamp
    /// The checkpoint that the spooled ones grow from; `nil`: the thread had none, or it was not known.
    public var base: CheckpointID?
    /// Whether the server knew the thread when it came: otherwise what was said in it earlier is not in the spool.
    public var isHistoryKnown: Bool
    /// The title and labels that the thread had; what differs from them was changed in the spool.
    public var title: String?
    public var labels: [String: String]
    /// What servers that had it in hand called themselves in leases.
    public var holders: [String]

    public init(
        thread: ThreadID, spooledAt: Timestamp, base: CheckpointID? = nil, isHistoryKnown: Bool = true,
        title: String? = nil, labels: [String: String] = [:], holders: [String] = []
    ) {
        self.thread = thread
        self.spooledAt = spooledAt
        self.base = base
        self.isHistoryKnown = isHistoryKnown
        self.title = title
        self.labels = labels
        self.holders = holders
    }

    /// As the table keeps it: `{"base"?, "known", "title"?, "labels", "holders"}`.
    package var json: JSONObject {
        var json: JSONObject = [
            "known": .bool(isHistoryKnown),
            "labels": .object(
                JSONObject(
                    members: labels.sorted { $0.key < $1.key }
                        .map { .init(key: $0.key, value: .string($0.value)) })),
            "holders": .array(holders.map { .string($0) }),
        ]
        if let base { json["base"] = .string(base.rawValue) }
        if let title { json["title"] = .string(title) }
        return json
    }

    package init(thread: ThreadID, spooledAt: Timestamp, json: JSONObject) {
        self.init(
            thread: thread, spooledAt: spooledAt, base: json["base"]?.string.map { CheckpointID($0) },
            isHistoryKnown: json["known"]?.bool ?? false, title: json["title"]?.string,
            labels: Dictionary(
                (json["labels"]?.object ?? [:]).compactMap { member in
                    member.value.string.map { (member.key, $0) }
                }, uniquingKeysWith: { _, last in last }),
            holders: (json["holders"]?.array ?? []).compactMap(\.string))
    }
}
