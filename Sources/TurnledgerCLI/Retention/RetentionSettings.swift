// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerOperations
import TurnledgerStore

/// Retention as the configuration describes it.
struct RetentionSettings: Sendable {
    /// `nil`: nothing goes by age.
    var policy: RetentionPolicy?
    var pace: RetentionSweep.Pace
    var interval: Duration
    /// The folder of archives.
    var archive: String

    init(_ values: ConfigurationValues) throws(ConfigurationError) {
        pace = RetentionSweep.Pace(
            batch: try values.integer("retention.batch", in: 1...10_000),
            share: try values.number("retention.share", in: 0.01...1) ?? 0.5)
        interval = try values.seconds("retention.interval", in: 1...(365 * 86_400))
        archive = try values.text("retention.archive") ?? ""
        let action = try Self.action(
            try values.text("retention.action") ?? "", kept: values.integer("retention.keep_latest", in: 1...1_000_000),
            values)
        let rules = try values.list("retention.rules").map { text throws(ConfigurationError) in
            guard let rule = Self.rule(text) else {
                throw values.wrongType(
                    "retention.rules",
                    "must be rules such as `tier=free&team=north 1 delete`, `team=legal forever` or "
                        + "`tier=long 30 keep_latest=5`")
            }
            return rule
        }
        let days = try Self.days(values)
        guard days != nil || !rules.isEmpty else { return }
        policy = RetentionPolicy(
            standard: days.map { .days($0, action) } ?? .forever, rules: rules,
            waiting: try Self.waiting(values))
    }

    /// `retention.ttl_days`, else that of the block `postgresql` where it is the store; 0: for ever.
    private static func days(_ values: ConfigurationValues) throws(ConfigurationError) -> Int? {
        var keys = ["retention.ttl_days"]
        if case .postgresql = try StoreLocation(values) { keys.append("postgresql.ttl_days") }
        for key in keys where try values.text(key) != nil {
            let days = try values.integer(key, in: 0...100_000)
            return days == 0 ? nil : days
        }
        return nil
    }

    private static func waiting(_ values: ConfigurationValues) throws(ConfigurationError) -> Duration? {
        guard try values.text("retention.waiting_days") != nil else { return nil }
        return .seconds(try values.integer("retention.waiting_days", in: 1...100_000) * 86_400)
    }

    private static func action(
        _ word: String, kept: Int, _ values: ConfigurationValues
    ) throws(ConfigurationError) -> RetentionTerm.Action {
        guard let action = RetentionTerm.Action(word: word, kept: kept) else {
            throw values.wrongType("retention.action", "must be one of `delete`, `keep_latest`, `archive`")
        }
        return action
    }

    /// Reads `LABEL=VALUE[&LABEL=VALUE…] DAYS|forever [delete|archive|keep_latest=N]`.
    static func rule(_ text: String) -> RetentionPolicy.LabelRule? {
        let words = text.split(separator: " ").map(String.init)
        guard (2...3).contains(words.count) else { return nil }
        var labels: [String: String] = [:]
        for pair in words[0].split(separator: "&") {
            guard let sign = pair.firstIndex(of: "="), sign > pair.startIndex else { return nil }
            labels[String(pair[..<sign])] = String(pair[pair.index(after: sign)...])
        }
        guard let term = term(days: words[1], action: words.count > 2 ? words[2] : "delete"), !labels.isEmpty else {
            return nil
        }
        return .init(labels: labels, term: term)
    }

    /// - Parameters:
    ///   - days: A number, or `forever`.
    ///   - action: `delete`, `archive`, or `keep_latest=N`.
    static func term(days: String, action: String) -> RetentionTerm? {
        if days == "forever" { return .forever }
        guard let days = Int(days), (1...100_000).contains(days) else { return nil }
        if let sign = action.firstIndex(of: "="), action[..<sign] == "keep_latest" {
            guard let kept = Int(action[action.index(after: sign)...]), kept >= 1 else { return nil }
            return .days(days, .keepLatest(kept))
        }
        return RetentionTerm.Action(word: action, kept: 1).map { .days(days, $0) }
    }

    /// After how long another server goes on in place of one that stands still in the midst of a sweep: a minute, or where
    /// sweeps follow each other faster, as long as from one to the next.
    var leaseDuration: Duration { min(.seconds(60), max(.seconds(2), interval)) }

    /// The sweep of a store; `nil`: nothing goes by age.
    func sweep(_ store: any RetentionSweep.Store) -> RetentionSweep? {
        guard let policy else { return nil }
        let archiver = (store as? any ArchivingStore).map {
            FolderArchiver(ArchiveFolder(path: archive), store: $0)
        }
        return RetentionSweep(store, policy: policy, archiver: archiver, pace: pace)
    }
}
