// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What one check of the doctor's found.
///
/// JSON: `{"check", "status": "ok" | "warning" | "failed", "text", "cure"?}`.
struct Finding: Hashable, Sendable {
    enum Status: String, Sendable, Comparable {
        case ok, warning, failed

        static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .ok ? 0 : self == .warning ? 1 : 2 }
    }

    /// What was looked at, in the order in which it is.
    enum Check: String, Sendable, CaseIterable {
        case configuration, dns, tcp, tls, login, server, schema, rights, clock, latency, connections
        case store, disk, model, regulations, retention, backup, listen, files
    }

    var check: Check
    var status: Status
    /// What was seen: never a password, a key or a message.
    var text: String
    /// What to do about it.
    var cure: String?

    static func ok(_ check: Check, _ text: String) -> Finding { Finding(check: check, status: .ok, text: text) }

    static func warning(_ check: Check, _ text: String, cure: String? = nil) -> Finding {
        Finding(check: check, status: .warning, text: text, cure: cure)
    }

    static func failed(_ check: Check, _ text: String, cure: String? = nil) -> Finding {
        Finding(check: check, status: .failed, text: text, cure: cure)
    }

    var json: JSONValue {
        var json: JSONObject = [
            "check": .string(check.rawValue), "status": .string(status.rawValue), "text": .string(text),
        ]
        if let cure { json["cure"] = .string(cure) }
        return .object(json)
    }

    /// A line, and the cure below it.
    var line: String {
        let head = status.rawValue.padded(to: 8) + check.rawValue.padded(to: 14) + text
        return cure.map { head + "\n" + String(repeating: " ", count: 22) + "→ " + $0 } ?? head
    }
}

extension Sequence<Finding> {
    /// The worst of all.
    var status: Finding.Status { map(\.status).max() ?? .ok }

    /// `{"status", "checks": […]}`.
    var json: JSONValue { ["status": .string(status.rawValue), "checks": .array(map(\.json))] }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(1, width - count))
    }
}
