// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What every store refuses, and how it treats what callers hand over: one wording for all backends.
package enum StoreRules {
    /// Refuses names that Python readers or SQL text cannot hold: a channel with a backslash or NUL, and NUL elsewhere.
    package static func validate(_ checkpoint: Checkpoint, newVersions: ChannelVersions) throws(StoreError) {
        try validate(checkpoint.reference)
        if let parent = checkpoint.parent { try refuseNUL(parent.rawValue, "parent checkpoint id") }
        for name in checkpoint.channelValues.keys { try validate(channel: name) }
        for (name, version) in checkpoint.channelVersions {
            try validate(channel: name)
            try refuseNUL(version.rawValue, "channel version")
        }
        for (name, version) in newVersions {
            try validate(channel: name)
            try refuseNUL(version.rawValue, "channel version")
        }
        for value in checkpoint.channelValues.values { try validate(type: value.type) }
    }

    package static func validate(_ writes: TaskWrites) throws(StoreError) {
        try validate(writes.checkpoint)
        try refuseBackslash(writes.taskID.rawValue, "task id")
        try refuseNUL(writes.taskPath, "task path")
        for write in writes.writes {
            try validate(channel: write.channel)
            try validate(type: write.value.type)
        }
    }

    /// - Throws: `.invalid` where the parts are not all of one thread, or where a part is refused.
    package static func validate(_ commit: Commit) throws(StoreError) {
        for new in commit.checkpoints { try validate(new.checkpoint, newVersions: new.newVersions) }
        try validateAllButCheckpoints(commit)
    }

    /// The same for one whose checkpoints are validated as they are laid out.
    package static func validateAllButCheckpoints(_ commit: Commit) throws(StoreError) {
        for writes in commit.writes { try validate(writes) }
        let first = commit.checkpoints.first?.checkpoint.thread ?? commit.writes.first?.checkpoint.thread
        guard commit.checkpoints.allSatisfy({ $0.checkpoint.thread == first }),
            commit.writes.allSatisfy({ $0.checkpoint.thread == first })
        else { throw StoreError(.invalid, "A commit holds parts of more than one thread.") }
    }

    package static func validate(_ reference: CheckpointReference) throws(StoreError) {
        guard !reference.thread.rawValue.isEmpty else { throw StoreError(.invalid, "The thread id is empty.") }
        try refuseNUL(reference.thread.rawValue, "thread id")
        try refuseNUL(reference.namespace.rawValue, "namespace")
        guard !reference.id.rawValue.isEmpty else { throw StoreError(.invalid, "The checkpoint id is empty.") }
        try refuseNUL(reference.id.rawValue, "checkpoint id")
    }

    package static func validate(_ run: NewRun) throws(StoreError) {
        try ThreadID.validate(run.thread.rawValue, as: "thread id")
        try ThreadID.validate(run.id.rawValue, as: "run id")
        try refuseNUL(run.owner, "owner")
        try refuseNUL(run.holder, "holder")
        if let key = run.idempotencyKey { try refuseNUL(key, "idempotency key") }
    }

    package static func validate(_ query: CheckpointQuery) throws(StoreError) {
        if let limit = query.limit, limit < 0 { throw StoreError(.invalid, "The limit \(limit) is negative.") }
    }

    /// Refuses to take away what a run that goes on has made.
    package static func refuse(_ lease: Lease?, of runs: Set<RunID>) throws(StoreError) {
        guard let lease, runs.contains(lease.run) else { return }
        throw StoreError(.conflict, "Run \(lease.run) holds thread \(lease.thread). End it first.")
    }

    /// Refuses an unguarded write to a thread that was deleted.
    package static func refuse(_ tombstone: Tombstone?) throws(StoreError) {
        guard let tombstone else { return }
        throw deleted(tombstone.thread)
    }

    package static func deleted(_ thread: ThreadID) -> StoreError {
        StoreError(.deleted, "Thread \(thread) was deleted. Begin it anew with a run, or use another ID.")
    }

    /// When a run that waits was created: behind those that are ahead of it, since runs begin in the order of these times.
    package static func creation(at time: Timestamp, behind last: Timestamp?) -> Timestamp {
        last.map { max(time, Timestamp(microseconds: $0.microseconds + 1)) } ?? time
    }

    package static func validateCopy(of source: ThreadID, to target: ThreadID) throws(StoreError) {
        try ThreadID.validate(target.rawValue, as: "thread id")
        guard source != target else { throw StoreError(.invalid, "A thread cannot be copied onto itself.") }
    }

    /// Whether a copy may go into a thread that has a record.
    package static func validateCopy(of source: ThreadRecord?, onto target: ThreadRecord) throws(StoreError) {
        guard target.lease == nil else { throw StoreError(.conflict, "Somebody holds thread \(target.id).") }
        if let source, ExactText(source.owner) != ExactText(target.owner) {
            throw StoreError(.missing, "Thread \(target.id) belongs to another owner.")
        }
    }

    /// The record of a thread's copy.
    package static func copy(
        of source: ThreadRecord, to target: ThreadID, at time: Timestamp, head: CheckpointID?
    ) -> ThreadRecord {
        ThreadRecord(
            id: target, title: source.title, owner: source.owner, labels: source.labels,
            status: source.status == .busy ? .idle : source.status, createdAt: time, updatedAt: time, head: head)
    }

    /// How many checkpoints a page holds: fewer where each brings its values along, which may be large.
    package static func pageSize(of query: CheckpointQuery) -> Int {
        min(query.limit ?? .max, query.includesValues ? 20 : CheckpointListing.pageSize)
    }

    package static func validate(limit: Int) throws(StoreError) {
        if limit < 0 { throw StoreError(.invalid, "The limit \(limit) is negative.") }
    }

    /// Replaces NUL, which SQL text cannot hold, in text that people read and that must not fail a call.
    package static func printable(_ text: String?) -> String? {
        guard let text, text.contains(byte: 0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }

    /// Whether a title holds the text of a query, letters compared without case.
    package static func title(_ title: String, contains text: String) -> Bool {
        text.isEmpty || title.lowercased().contains(text.lowercased())
    }

    /// Whether a thread has what a query asks of its title and labels; of its owner nothing is said.
    package static func matches(_ record: ThreadRecord, _ query: ThreadQuery) -> Bool {
        for (name, value) in query.labels {
            guard let own = record.labels[name], ExactText(own) == ExactText(value) else { return false }
        }
        guard let text = query.text, !text.isEmpty else { return true }
        return record.title.map { title($0, contains: text) } ?? false
    }

    /// The namespace whose head a commit's fence speaks of: that of its first checkpoint, else of its first writes.
    package static func fencedNamespace(of commit: Commit) -> Namespace {
        commit.checkpoints.first?.checkpoint.namespace ?? commit.writes.first?.checkpoint.namespace ?? .root
    }

    /// Whether a thread's head is the one that a fence expects, or what the same commit left when it was first made:
    /// a repeat after a lost reply finds its own checkpoint as head and does no harm.
    package static func accepts(_ head: CheckpointID?, expected: Fence.Head, writing: CheckpointID?) -> Bool {
        switch expected {
        case .any: true
        case .exactly(let id): head == id || (head != nil && head == writing)
        }
    }

    /// The first epoch of a thread's leases: from the clock, so that a thread that was deleted and made again never
    /// repeats an epoch that an old writer may still carry.
    package static func firstEpoch(at time: Timestamp) -> Int64 { max(1, time.microseconds) }

    /// What a thread is when its run has ended so.
    package static func threadStatus(after status: RunRecord.Status) -> ThreadRecord.Status {
        switch status {
        case .pending, .running: .busy
        case .succeeded, .cancelled: .idle
        case .interrupted: .interrupted
        case .failed: .error
        }
    }

    private static func validate(channel: String) throws(StoreError) { try refuseBackslash(channel, "channel name") }
    private static func validate(type: String) throws(StoreError) { try refuseBackslash(type, "payload type") }

    private static func refuseBackslash(_ text: String, _ what: String) throws(StoreError) {
        guard !text.contains(byte: UInt8(ascii: "\\")) else {
            throw StoreError(.invalid, "The \(what) contains a backslash, which Python's reader cannot take.")
        }
        try refuseNUL(text, what)
    }

    private static func refuseNUL(_ text: String, _ what: String) throws(StoreError) {
        guard !text.contains(byte: 0) else { throw StoreError(.invalid, "The \(what) contains NUL.") }
    }
}
