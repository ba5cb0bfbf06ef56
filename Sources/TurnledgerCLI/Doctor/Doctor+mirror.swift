// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore
import TurnledgerTransfer

extension Doctor {
    /// Which role a store has in a mirror, and what the secondary lacks; nothing of a store that is in none.
    func roles(of store: any ConversationStore, at location: StoreLocation) async -> [Finding] {
        do {
            if let mirror = store as? MirrorStore, case .mirror(let pair) = location {
                return try await roles(mirror, pair)
            }
            guard let part = store as? any MirrorableStore, let record = try await part.mirrorRecord() else {
                return []
            }
            return [
                .failed(
                    .store,
                    "It is the \(record.place) of a mirror (epoch \(record.epoch)), and is not served by itself.",
                    cure: "Configure `store.mirror`, or end the mirror with `turnledger transfer unmirror`.")
            ]
        } catch {
            return [
                .warning(.store, "Its role in a mirror cannot be told: \((error as? StoreError)?.detail ?? "\(error)")")
            ]
        }
    }

    private func roles(_ mirror: MirrorStore, _ pair: MirrorLocation) async throws -> [Finding] {
        var findings: [Finding] = []
        for (location, part) in [(pair.first, mirror.first), (pair.second, mirror.second)] {
            guard let record = try await part.mirrorRecord() else {
                findings.append(.warning(.store, "\(location) has no role in the mirror yet.", cure: "Start a server."))
                continue
            }
            switch record.role {
            case .secondary:
                findings.append(.ok(.store, "\(location) is the secondary, epoch \(record.epoch)."))
            case .sealed:
                findings.append(
                    .warning(.store, "\(location) takes no writes: somebody switches, epoch \(record.epoch)."))
            case .primary:
                let backlog = try await part.mirrorBacklog(limit: 1)
                let age =
                    backlog.marks.first.map { (clock.now().microseconds - $0.since.microseconds) / 1_000_000 } ?? 0
                let text =
                    "\(location) is the primary, epoch \(record.epoch); the secondary lacks \(backlog.count) threads and "
                    + "logs, the oldest for \(age) s."
                findings.append(
                    age < 60
                        ? .ok(.store, text)
                        : .warning(.store, text, cure: "Look into the servers' logs for what cannot be mirrored."))
            }
        }
        return findings
    }
}
