// Turnledger. SPDX-License-Identifier: Apache-2.0

/// For how long threads are kept after their last activity, and what happens then.
///
/// What counts, the first that applies: a legal hold and a pin (for ever), the thread's own term, the first rule whose
/// labels the thread has, the standard term. A thread with a run that has not ended is never touched.
public struct RetentionPolicy: Hashable, Sendable {
    /// A term for threads that have labels.
    public struct LabelRule: Hashable, Sendable {
        /// All of them must be the thread's.
        public var labels: [String: String]
        public var term: RetentionTerm

        public init(labels: [String: String], term: RetentionTerm) {
            self.labels = labels
            self.term = term
        }
    }

    /// For threads that no rule speaks of.
    public var standard: RetentionTerm
    /// In order: the first that fits counts.
    public var rules: [LabelRule]
    /// How long a thread whose interrupt waits for an answer must have been idle in place of its term; `nil`: it stays.
    public var waiting: Duration?

    public init(standard: RetentionTerm, rules: [LabelRule] = [], waiting: Duration? = nil) {
        self.standard = standard
        self.rules = rules
        self.waiting = waiting
    }

    /// What becomes of a thread, and why.
    public enum Decision: Hashable, Sendable {
        case stays(Reason)
        case goes(RetentionTerm.Action)
    }

    /// Why a thread stays.
    public enum Reason: String, Sendable, CaseIterable {
        /// Somebody used it within its term.
        case recent
        case pinned
        /// A legal hold lies on it.
        case held
        /// A run of it has not ended.
        case active
        /// An interrupt of it waits for an answer.
        case waiting
        /// Its term has no end.
        case forever
        /// It is as short as its term makes it.
        case short
        /// Nothing tells when it was last used.
        case undated
    }

    /// Decides about one thread.
    public func decision(for thread: ThreadFacts, at now: Timestamp) -> Decision {
        if thread.retention.hold != nil { return .stays(.held) }
        if thread.retention.isPinned { return .stays(.pinned) }
        if thread.isActive { return .stays(.active) }
        let term = term(of: thread)
        guard let idle = term.idle else { return .stays(.forever) }
        guard let last = thread.lastActivity else { return .stays(.undated) }
        if thread.isWaiting {
            guard let waiting else { return .stays(.waiting) }
            guard last + max(waiting, idle) <= now else { return .stays(.waiting) }
        }
        guard last + idle <= now else { return .stays(.recent) }
        if case .keepLatest(let count) = term.action, thread.size.checkpoints <= count { return .stays(.short) }
        return .goes(term.action)
    }

    /// The term that counts for a thread, pins and holds aside.
    public func term(of thread: ThreadFacts) -> RetentionTerm {
        if let own = thread.retention.term { return own }
        let rule = rules.first { rule in
            rule.labels.allSatisfy { name, value in
                thread.labels[name].map { ExactText($0) == ExactText(value) } ?? false
            }
        }
        return rule?.term ?? standard
    }
}

/// How long, and what then.
public struct RetentionTerm: Hashable, Sendable {
    /// What happens to a thread at the end of its term.
    public enum Action: Hashable, Sendable {
        /// All of it goes.
        case delete
        /// Its newest checkpoints of each namespace stay.
        case keepLatest(Int)
        /// It is written to an archive, and goes once that is safe.
        case archive

        /// As configurations and tables have it: `delete`, `keep_latest`, `archive`.
        public var word: String {
            switch self {
            case .delete: "delete"
            case .keepLatest: "keep_latest"
            case .archive: "archive"
            }
        }

        /// How many checkpoints stay; `nil`: none.
        public var kept: Int? { if case .keepLatest(let count) = self { count } else { nil } }

        /// Reads what `word` and `kept` say.
        public init?(word: String, kept: Int?) {
            switch word {
            case "delete": self = .delete
            case "keep_latest": self = .keepLatest(max(1, kept ?? 1))
            case "archive": self = .archive
            default: return nil
            }
        }
    }

    /// How long after the last activity; `nil`: for ever.
    public var idle: Duration?
    public var action: Action

    public init(idle: Duration?, action: Action = .delete) {
        self.idle = idle
        self.action = action
    }

    /// For ever.
    public static let forever = RetentionTerm(idle: nil)

    /// - `days`: From the last activity on.
    public static func days(_ days: Int, _ action: Action = .delete) -> RetentionTerm {
        RetentionTerm(idle: .seconds(days * 86_400), action: action)
    }
}

/// What somebody said about one thread's keeping.
public struct ThreadRetention: Hashable, Sendable {
    /// Retention leaves it alone until it is unpinned; its owner may still delete it.
    public var isPinned: Bool
    /// The reason of a legal hold: nobody deletes it until the hold is released.
    public var hold: String?
    /// In place of the policy's.
    public var term: RetentionTerm?

    public init(isPinned: Bool = false, hold: String? = nil, term: RetentionTerm? = nil) {
        self.isPinned = isPinned
        self.hold = hold
        self.term = term
    }

    /// Whether it says anything.
    public var isEmpty: Bool { self == ThreadRetention() }
}
