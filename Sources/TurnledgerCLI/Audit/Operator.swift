// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// Who runs a command, for the audit table: `USER@HOST`.
enum Operator {
    static var name: String {
        let info = ProcessInfo.processInfo
        return "\(info.userName)@\(info.hostName)"
    }

    /// A name for a lease: the same process never has two.
    static var holder: String { "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)" }

    /// Puts down what was done to each of the subjects, where the store keeps an audit.
    static func record(
        _ action: AuditEntry.Action, of subjects: [String], details: JSONObject = [:], at time: Timestamp? = nil,
        in store: any Sendable
    ) async throws {
        guard let audit = store as? any AuditStore else { return }
        for subject in subjects {
            let entry = AuditEntry(
                time: time ?? SystemWallClock().now(), actor: name, action: action, subject: subject, details: details)
            try await readable { try await audit.record(entry) }
        }
    }
}
