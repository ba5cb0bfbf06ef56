// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: MirrorableStore {
    public func mirrorRecord() async throws(StoreError) -> MirrorRecord? {
        let parts = try await run(MirrorScripts.record, RedisArguments()).array ?? []
        guard parts.count == 2, let standing = parts[0].string else { return nil }
        guard let record = MirrorRecord(standing: standing, beat: parts[1].integer ?? 0) else {
            throw StoreError(.undecodable, "The record of the mirror (\(settings.prefix):mirror) is none.")
        }
        return record
    }

    /// Redis runs one script after another: there are never writes under way.
    public func replaceMirrorRecord(
        _ old: MirrorRecord?, with new: MirrorRecord?
    ) async throws(StoreError) -> Bool {
        let arguments = arguments {
            for record in [old, new] {
                $0.add(optional: record?.standing)
                $0.add(record?.beat ?? 0)
            }
        }
        return try await run(MirrorScripts.replace, arguments).integer == 1
    }

    public func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) async throws(StoreError) {
        guard !subjects.isEmpty else { return }
        let arguments = arguments {
            $0.add(token)
            $0.add(time.microseconds)
            $0.add(subjects.count)
            for subject in subjects { $0.add(subject.text) }
        }
        _ = try await run(MirrorScripts.mark, arguments)
    }

    public func mirrorBacklog(limit: Int) async throws(StoreError) -> MirrorBacklog {
        try StoreRules.validate(limit: limit)
        let parts = try await run(MirrorScripts.backlog, arguments { $0.add(limit) }).array ?? []
        var marks: [MirrorMark] = []
        for index in stride(from: 1, to: parts.count - 2, by: 3) {
            guard let text = parts[index].string, let subject = MirrorMark.Subject(text: text),
                let since = parts[index + 1].string.flatMap(Double.init), let token = parts[index + 2].integer
            else { throw StoreError(.undecodable, "A mark of the mirror (\(settings.prefix):marks) is none.") }
            marks.append(MirrorMark(subject, token: token, since: Timestamp(microseconds: Int64(since))))
        }
        return MirrorBacklog(marks: marks, count: Int(parts.first?.integer ?? 0))
    }

    public func settle(_ marks: [MirrorMark], at time: Timestamp) async throws(StoreError) {
        guard !marks.isEmpty else { return }
        let arguments = arguments {
            $0.add(time.microseconds)
            $0.add(marks.count)
            for mark in marks {
                $0.add(mark.subject.text)
                $0.add(mark.token)
            }
        }
        _ = try await run(MirrorScripts.settle, arguments)
    }

    public func image(of thread: ThreadID) async throws(StoreError) -> ThreadImage? {
        if settings.layout == .json { try await adopt(thread) }
        let parts = try await run(MirrorScripts.image, arguments { $0.add(thread.rawValue) }, about: thread).array ?? []
        guard let row = parts.first, let fields = RedisFields(row) else { return nil }
        var runs: [RunRecord] = []
        for index in stride(from: 1, to: parts.count - 1, by: 2) {
            guard let id = parts[index].string, let fields = RedisFields(parts[index + 1]) else { continue }
            runs.append(try fields.run(RunID(id)))
        }
        runs.sort {
            $0.createdAt != $1.createdAt
                ? $0.createdAt < $1.createdAt : ExactText($0.id.rawValue) < ExactText($1.id.rawValue)
        }
        return ThreadImage(thread: try fields.thread(thread), epoch: fields.integer("epoch") ?? 0, runs: runs)
    }

    @discardableResult
    public func apply(_ image: ThreadImage, onlyIfAbsent: Bool) async throws(StoreError) -> Bool {
        let arguments = arguments {
            $0.add(image.thread.id.rawValue)
            $0.add(onlyIfAbsent)
            Self.add(Self.fields(of: image), to: &$0)
            $0.add(image.runs.count)
            for run in image.runs {
                $0.add(run.id.rawValue)
                $0.add(run.attempt)
                $0.add(run.status.rawValue)
                Self.add(Self.fields(of: run), to: &$0)
            }
        }
        return try await run(MirrorScripts.apply, arguments, about: image.thread.id).integer == 1
    }

    /// Two round trips. Documents are looked for and not read: those of a long thread are large, and Redis does nothing else
    /// while a script goes through them.
    public func places(
        of thread: ThreadID?, behind cursor: CheckpointListing.Cursor?
    ) async throws(StoreError) -> CheckpointPlaces {
        let query = CheckpointQuery(thread: thread, includesValues: false)
        let size = StoreRules.pageSize(of: query)
        let found = try await places(of: query, behind: cursor, count: size)
        let next = found.count < size ? nil : found.last
        guard !found.isEmpty else { return CheckpointPlaces(places: [], next: next) }
        let script = settings.layout == .json ? JSONScripts.present : PlainScripts.present
        let answer = try await run(script, arguments { $0.add(found) }, about: thread).array ?? []
        return CheckpointPlaces(places: zip(found, answer).filter { $1.integer == 1 }.map(\.0), next: next)
    }

    private static func add(_ fields: [(String, [UInt8]?)], to arguments: inout RedisArguments) {
        let given = fields.compactMap { name, value in value.map { (name, $0) } }
        arguments.add(given.count)
        for (name, value) in given {
            arguments.add(name)
            arguments.add(value)
        }
    }

    private static func fields(of image: ThreadImage) -> [(String, [UInt8]?)] {
        let (thread, lease) = (image.thread, image.thread.lease)
        return [
            ("owner", bytes(thread.owner)), ("title", bytes(StoreRules.printable(thread.title))),
            ("labels", bytes(json(thread.labels))), ("status", bytes(thread.status.rawValue)),
            ("created", bytes(thread.createdAt.microseconds)), ("updated", bytes(thread.updatedAt.microseconds)),
            ("epoch", bytes(image.epoch)), ("lease_run", bytes(lease?.run.rawValue)),
            ("lease_holder", bytes(lease?.holder)), ("lease_epoch", bytes(lease?.epoch)),
            ("lease_beat", bytes(lease?.beat)), ("lease_duration", bytes(lease?.duration.microseconds)),
        ]
    }

    private static func fields(of run: RunRecord) -> [(String, [UInt8]?)] {
        [
            ("input", run.input), ("key", bytes(run.idempotencyKey)), ("failure", bytes(run.failure)),
            ("stop", bytes(run.stopRequestedAt?.microseconds)), ("created", bytes(run.createdAt.microseconds)),
            ("updated", bytes(run.updatedAt.microseconds)),
        ]
    }

    private static func bytes(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }
    private static func bytes(_ number: Int64?) -> [UInt8]? { number.map { Array(String($0).utf8) } }
}
