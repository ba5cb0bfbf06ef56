// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto

/// Something done to conversations that somebody may ask about later.
public struct AuditEntry: Hashable, Sendable {
    /// What was done.
    public enum Action: String, Sendable, CaseIterable {
        case deleted, erased, archived, restored, switched, pinned, unpinned, held, released, kept, exported, retained
        case backedUp = "backed_up"
    }

    public var time: Timestamp
    /// Who: an owner of the API, `retention`, or `USER@HOST` of the command line.
    public var actor: String
    public var action: Action
    /// To what: a thread's ID, or an owner.
    public var subject: String
    /// Counts and names, never message text.
    public var details: JSONObject

    public init(
        time: Timestamp, actor: String, action: Action, subject: String, details: JSONObject = JSONObject()
    ) {
        self.time = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.details = details
    }
}

/// A row of the audit table `turnledger_audit`: `number`, `time`, `actor`, `action`, `subject`, `details` (JSON as text),
/// `previous`, `hash`.
///
/// `hash` is SHA-256, in hexadecimal, of `previous`, `number`, `time`, `actor`, `action`, `subject` and `details`, each
/// as its length in bytes, a colon, and its text. The first row's `previous` is empty.
public struct AuditRow: Hashable, Sendable {
    public var number: Int64
    public var time: Timestamp
    public var actor: String
    public var action: String
    public var subject: String
    public var details: String
    public var previous: String
    public var hash: String

    public init(
        number: Int64, time: Timestamp, actor: String, action: String, subject: String, details: String,
        previous: String, hash: String
    ) {
        self.number = number
        self.time = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.details = details
        self.previous = previous
        self.hash = hash
    }

    /// The row that follows another; `nil`: the first.
    package init(_ entry: AuditEntry, behind last: AuditRow?) {
        self.init(
            number: (last?.number ?? 0) + 1, time: entry.time, actor: entry.actor.withoutNUL,
            action: entry.action.rawValue, subject: entry.subject.withoutNUL,
            details: JSONValue.object(entry.details).text.withoutNUL, previous: last?.hash ?? "", hash: "")
        hash = expectedHash
    }

    /// What `hash` must be.
    public var expectedHash: String {
        var hash = SHA256()
        for part in [previous, String(number), String(time.microseconds), actor, action, subject, details] {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.hexadecimal()
    }

    /// As JSON: `{"number", "time", "actor", "action", "subject", "details", "hash"}`.
    public var json: JSONValue {
        [
            "number": .integer(number), "time": .string(time.rfc3339), "actor": .string(actor),
            "action": .string(action), "subject": .string(subject),
            "details": (try? JSONValue.parse(Array(details.utf8))) ?? .string(details), "hash": .string(hash),
        ]
    }
}

extension String {
    fileprivate var withoutNUL: String { utf8.contains(0) ? replacing("\0", with: "") : self }
}
