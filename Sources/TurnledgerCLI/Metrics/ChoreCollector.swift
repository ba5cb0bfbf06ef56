// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import TurnledgerOperations
import TurnledgerServer
import TurnledgerStore

/// Looks at how the last sweep and the last backup of the store went, whichever server did them.
struct ChoreCollector: MetricsCollector {
    let store: any ChoreStore
    let factory: any MetricsFactory

    func collect() async {
        if let note = await note(of: RetentionKeeper.chore) {
            set("turnledger_retention_last_sweep_failed", note["failure"] == nil ? 0 : 1)
            setTime("turnledger_retention_last_sweep_time_seconds", note["ended"])
            for kind in ["threads", "checkpoints", "blobs", "writes"] {
                guard let count = note[kind]?.integer else { continue }
                Meter(
                    label: "turnledger_retention_removed_rows", dimensions: [("kind", kind)], factory: factory
                ).set(count)
            }
        }
        if let note = await note(of: BackupKeeper.chore) {
            set("turnledger_backup_sound", note["sound"]?.bool == true ? 1 : 0)
            setTime("turnledger_backup_last_time_seconds", note["createdAt"])
            if let bytes = note["bytes"]?.integer { set("turnledger_backup_bytes", bytes) }
        }
    }

    /// What whoever did the chore last has left; `nil`: nobody has.
    private func note(of chore: String) async -> JSONObject? {
        guard let text = try? await store.chore(chore)?.note, !text.isEmpty else { return nil }
        return (try? JSONValue.parse(text))?.object
    }

    private func setTime(_ name: String, _ value: JSONValue?) {
        guard let time = value?.string.flatMap(Timestamp.init(isoformat:)) else { return }
        set(name, time.microseconds / 1_000_000)
    }

    private func set(_ name: String, _ value: Int64) { Meter(label: name, factory: factory).set(value) }
}
