// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Says that something of a primary is perhaps not yet in the secondary; kept in the primary, with the write itself.
public struct MirrorMark: Hashable, Sendable {
    /// What has changed.
    public enum Subject: Hashable, Sendable {
        /// A thread's record, runs, checkpoints or writes, or that it is gone.
        case thread(ThreadID)
        /// A run's events.
        case events(RunID)
        /// The regulations.
        case clauses

        /// As stores keep it: `t:ID`, `e:ID`, `c`.
        package var text: String {
            switch self {
            case .thread(let id): "t:\(id.rawValue)"
            case .events(let run): "e:\(run.rawValue)"
            case .clauses: "c"
            }
        }

        package init?(text: String) {
            let rest = String(text.dropFirst(2))
            switch text.prefix(2) {
            case "t:": self = .thread(ThreadID(rest))
            case "e:": self = .events(RunID(rest))
            case "c": self = .clauses
            default: return nil
            }
        }
    }

    public var subject: Subject
    /// The last write's: another one when it has been written again since.
    public var token: Int64
    /// Since when the secondary lacks something.
    public var since: Timestamp

    public init(_ subject: Subject, token: Int64, since: Timestamp) {
        self.subject = subject
        self.token = token
        self.since = since
    }
}

/// What is still to be brought to the secondary.
public struct MirrorBacklog: Hashable, Sendable {
    /// The first ones, oldest first.
    public var marks: [MirrorMark]
    /// How many there are in all.
    public var count: Int

    public init(marks: [MirrorMark], count: Int) {
        self.marks = marks
        self.count = count
    }
}
