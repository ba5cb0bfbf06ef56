// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: MirrorableStore {
    public func mirrorRecord() async throws(StoreError) -> MirrorRecord? {
        try locked { (state) throws(StoreError) in state.mirror.record }
    }

    public func replaceMirrorRecord(
        _ old: MirrorRecord?, with new: MirrorRecord?
    ) async throws(StoreError) -> Bool {
        try locked { (state) throws(StoreError) in
            guard state.mirror.record == old else { return false }
            state.mirror.record = new
            return true
        }
    }

    public func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) async throws(StoreError) {
        try locked { (state) throws(StoreError) in state.mirror.mark(subjects, token: token, at: time) }
    }

    public func mirrorBacklog(limit: Int) async throws(StoreError) -> MirrorBacklog {
        try StoreRules.validate(limit: limit)
        return try locked { (state) throws(StoreError) in
            let marks = state.mirror.marks.values.sorted {
                ($0.since, $0.subject.text) < ($1.since, $1.subject.text)
            }
            return MirrorBacklog(marks: Array(marks.prefix(limit)), count: marks.count)
        }
    }

    public func settle(_ marks: [MirrorMark], at time: Timestamp) async throws(StoreError) {
        try locked { (state) throws(StoreError) in
            for mark in marks {
                guard let current = state.mirror.marks[mark.subject] else { continue }
                if current.token == mark.token {
                    state.mirror.marks[mark.subject] = nil
                } else {
                    state.mirror.marks[mark.subject]?.since = time
                }
            }
        }
    }

    public func image(of thread: ThreadID) async throws(StoreError) -> ThreadImage? {
        try locked { (state) throws(StoreError) in
            guard let entry = state.threads[thread] else { return nil }
            let runs = entry.runs.compactMap { state.runs[$0]?.record }.sorted(by: InMemoryState.isOlder)
            return ThreadImage(thread: entry.record, epoch: entry.epoch, runs: runs)
        }
    }

    @discardableResult
    public func apply(_ image: ThreadImage, onlyIfAbsent: Bool) async throws(StoreError) -> Bool {
        try locked { (state) throws(StoreError) in
            if onlyIfAbsent, state.threads[image.thread.id] != nil { return false }
            state.apply(image)
            return true
        }
    }
}

extension InMemoryState {
    /// Refuses a write that is not for a store of this standing, and notes what it marks.
    mutating func obey(_ mirrorGuard: MirrorGuard?) throws(StoreError) {
        guard let mirrorGuard else { return }
        guard mirror.record?.standing == mirrorGuard.standing else { throw MirrorRoleChanged.refusal }
        mirror.mark(mirrorGuard.marks, token: mirrorGuard.token, at: mirrorGuard.time)
    }

    mutating func apply(_ image: ThreadImage) {
        let id = image.thread.id
        tombstones[id] = nil
        var entry = threads[id] ?? InMemoryThread(record: image.thread, epoch: image.epoch)
        if threads[id] != nil { order.remove(entry.record) }
        for run in entry.runs where !image.runs.contains(where: { $0.id == run }) { runs[run] = nil }
        entry.record = image.thread
        entry.record.head = histories[id]?.head(of: .root)
        entry.epoch = image.epoch
        entry.runs = image.runs.map(\.id)
        entry.runsByKey = [:]
        for run in image.runs {
            if let key = run.idempotencyKey { entry.runsByKey[ExactText(key)] = run.id }
            if runs[run.id]?.record.attempt == run.attempt {
                runs[run.id]?.record = run
            } else {
                runs[run.id] = InMemoryRun(record: run)
            }
        }
        order.insert(entry.record)
        threads[id] = entry
    }
}

/// A store's place in a mirrored pair, and what it has for the other one.
struct InMemoryMirror: Sendable {
    var record: MirrorRecord?
    var marks: [MirrorMark.Subject: MirrorMark] = [:]

    mutating func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) {
        for subject in subjects {
            marks[subject] = MirrorMark(subject, token: token, since: marks[subject]?.since ?? time)
        }
    }
}
