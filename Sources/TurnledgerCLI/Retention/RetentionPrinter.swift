// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// Reports of retention for a terminal.
enum RetentionPrinter {
    static func text(_ report: RetentionReport, isPlan: Bool) -> String {
        let verb = isPlan ? "would go" : "went"
        var lines = [
            "\(report.examined) threads were looked at.",
            "\(report.removed.threads) threads \(verb): \(report.deleted) deleted, \(report.archived) archived; "
                + "\(report.shortened) \(isPlan ? "would be" : "were") made shorter.",
            "\(report.removed.checkpoints) checkpoints, \(report.removed.blobs) blobs, \(report.removed.writes) writes"
                + (isPlan ? ", \(bytes(report.bytes)) as stored, without indexes." : "."),
        ]
        for age in RetentionReport.Age.allCases {
            if let count = report.ages[age] { lines.append("  idle \(age.rawValue): \(count)") }
        }
        for reason in RetentionPolicy.Reason.allCases {
            if let count = report.stays[reason] { lines.append("  stay, \(reason.rawValue): \(count)") }
        }
        if report.changed > 0 { lines.append("  stay, changed meanwhile: \(report.changed)") }
        if report.failed > 0 { lines.append("  could not be done: \(report.failed)") }
        return lines.joined(separator: "\n")
    }

    static func bytes(_ count: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(count) bytes" : String(format: "%.1f ", value) + units[unit]
    }
}

/// What `turnledger retention status` tells.
struct RetentionStatus {
    var policy: RetentionPolicy?
    var chore: Chore?
    var said: [ThreadID: ThreadRetention]
    var revived: [RevivedThread]

    var text: String {
        var lines: [String] = []
        if let policy {
            lines.append("Term: \(words(policy.standard))" + (policy.rules.isEmpty ? "" : ", and rules:"))
            for rule in policy.rules {
                let labels = rule.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                lines.append("  \(labels.joined(separator: "&")): \(words(rule.term))")
            }
        } else {
            lines.append("Term: none; nothing goes by age.")
        }
        if let chore {
            lines.append(
                chore.holder.map { "\($0) sweeps now, since \(chore.updatedAt.rfc3339)." }
                    ?? "The last sweep ended at \(chore.updatedAt.rfc3339).")
            if !chore.note.isEmpty { lines.append("Last sweep: \(chore.note)") }
        } else {
            lines.append("Nobody has swept yet.")
        }
        let pinned = said.filter { $0.value.isPinned }.count
        let held = said.filter { $0.value.hold != nil }.count
        let own = said.filter { $0.value.term != nil }.count
        lines.append("Threads: \(pinned) pinned, \(held) on legal hold, \(own) with a term of their own.")
        for thread in revived {
            lines.append(
                "Written by another program after it was deleted: \(thread.tombstone.thread) "
                    + "(\(thread.checkpoints) checkpoints\(thread.isFragment ? ", a late write" : ", begun anew"))")
        }
        return MessagePrinter.clean(lines.joined(separator: "\n"))
    }

    /// `{"policy"?: {"standard", "rules"}, "chore"?: {"holder"?, "updatedAt", "last"}, "pinned", "held", "ownTerms",
    /// "revived": [{"id", "checkpoints", "late"}]}`.
    var json: JSONValue {
        var json: JSONObject = [:]
        if let policy {
            json["policy"] = [
                "standard": .string(words(policy.standard)),
                "rules": .array(policy.rules.map { .string(words($0.term)) }),
            ]
        }
        if let chore {
            var object: JSONObject = ["updatedAt": .string(chore.updatedAt.rfc3339)]
            if let holder = chore.holder { object["holder"] = .string(holder) }
            object["last"] = (try? JSONValue.parse(Array(chore.note.utf8))) ?? .null
            json["chore"] = .object(object)
        }
        json["pinned"] = .integer(Int64(said.filter { $0.value.isPinned }.count))
        json["held"] = .integer(Int64(said.filter { $0.value.hold != nil }.count))
        json["ownTerms"] = .integer(Int64(said.filter { $0.value.term != nil }.count))
        json["revived"] = .array(
            revived.map { thread in
                [
                    "id": .string(thread.tombstone.thread.rawValue), "checkpoints": .integer(Int64(thread.checkpoints)),
                    "late": .bool(thread.isFragment),
                ]
            })
        return .object(json)
    }

    private func words(_ term: RetentionTerm) -> String {
        guard let idle = term.idle else { return "for ever" }
        let kept = term.action.kept.map { "=\($0)" } ?? ""
        return "\(idle.components.seconds / 86_400) days, then \(term.action.word)\(kept)"
    }
}
