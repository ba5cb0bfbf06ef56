// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

extension ThreadRecord {
    /// Reads the columns of `ThreadStatements.columns` and the head behind them.
    init(_ row: PostgresRow) throws {
        let id = ThreadID(try row.text(0))
        let word = try row.text(4)
        guard let status = Status(rawValue: word) else {
            throw StoreError(.undecodable, "Thread \(id): the status '\(word)' is not known.")
        }
        self.init(
            id: id, title: row.optionalText(1), owner: try row.text(2), labels: try Labels.read(try row.jsonb(3)),
            status: status, createdAt: Timestamp(microseconds: try row.integer(5)),
            updatedAt: Timestamp(microseconds: try row.integer(6)),
            head: row.optionalText(12).map { CheckpointID($0) }, lease: try Lease(row, from: 7, thread: id))
    }
}

extension Lease {
    /// Reads run, holder, epoch, beat and duration; `nil` where nobody holds the thread.
    init?(_ row: PostgresRow, from column: Int, thread: ThreadID) throws {
        guard let run = row.optionalText(column) else { return nil }
        self.init(
            thread: thread, run: RunID(run), holder: try row.text(column + 1), epoch: try row.integer(column + 2),
            beat: try row.integer(column + 3), duration: .microseconds(try row.integer(column + 4)))
    }
}

extension RunRecord {
    /// Reads the columns of a run, from this one on.
    init(_ row: PostgresRow, from column: Int = 0) throws {
        let id = RunID(try row.text(column))
        let word = try row.text(column + 2)
        guard let status = Status(rawValue: word) else {
            throw StoreError(.undecodable, "Run \(id): the status '\(word)' is not known.")
        }
        self.init(
            id: id, thread: ThreadID(try row.text(column + 1)), status: status,
            attempt: Int(try row.integer(column + 3)), input: try row.bytes(column + 4),
            idempotencyKey: row.optionalText(column + 5), failure: row.optionalText(column + 6),
            stopRequestedAt: row.optionalInteger(column + 9).map { Timestamp(microseconds: $0) },
            createdAt: Timestamp(microseconds: try row.integer(column + 7)),
            updatedAt: Timestamp(microseconds: try row.integer(column + 8)))
    }
}

/// Labels as the `jsonb` column holds them.
///
/// `jsonb` takes no NUL, labels do: NUL is stored as U+E000 and `0`, U+E000 itself as U+E000 and `1`.
enum Labels {
    static func json(_ labels: [String: String]) -> [UInt8] {
        let members = labels.sorted { ExactText($0.key) < ExactText($1.key) }
            .map { JSONObject.Member(key: escaped($0.key), value: .string(escaped($0.value))) }
        return JSONValue.object(JSONObject(members: members)).serialized()
    }

    static func read(_ json: [UInt8]) throws(StoreError) -> [String: String] {
        var labels: [String: String] = [:]
        for member in try JSONValue.parse(json).object ?? [:] {
            guard let value = member.value.string else { continue }
            labels[unescaped(member.key)] = unescaped(value)
        }
        return labels
    }

    private static let mark: Unicode.Scalar = "\u{E000}"

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == "\0" || $0 == mark }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\0": result.append(contentsOf: [mark, "0"])
            case mark: result.append(contentsOf: [mark, "1"])
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func unescaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(mark) else { return text }
        var result = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == mark else {
                result.append(scalar)
                continue
            }
            result.append(scalars.next() == "0" ? "\0" : mark)
        }
        return String(result)
    }
}

/// Titles as they are searched: letters compared without case, as every store compares them.
enum Titles {
    /// PostgreSQL's own `lower` depends on the database's locale.
    static func folded(_ title: String) -> String { StoreRules.printable(title.lowercased()) ?? "" }
}
