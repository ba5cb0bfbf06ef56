// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerOperations
import TurnledgerRetrieval
import TurnledgerStore

extension Doctor {
    /// What is in a store that can be used: regulations and their index, how retention and backups went.
    func contents(of store: any ConversationStore, at location: StoreLocation) async -> [Finding] {
        var findings = [await regulations(of: store, at: location)]
        if let store = store as? any ChoreStore {
            findings += await retention(of: store)
            findings += await backups(of: store)
        }
        return findings
    }

    private func regulations(of store: any ConversationStore, at location: StoreLocation) async -> Finding {
        do {
            let library = try await RegulationLibrary(store: store, location: location, values: values)
            let documents = try await library.store.documents()
            let clauses = documents.reduce(0) { $0 + $1.clauseCount }
            try await library.index(logger: .forCommand(level: .critical)).refresh()
            guard clauses > 0 else {
                let isNeeded = (try? values.text("model.kind")) != "openai"
                return .warning(
                    .regulations,
                    isNeeded
                        ? "No regulations are imported: `extractive` can quote the conversation alone."
                        : "No regulations are imported.", cure: "`turnledger regulations import FOLDER`.")
            }
            return .ok(
                .regulations, "\(clauses) clauses of \(documents.count) documents; the search index follows them.")
        } catch {
            return .failed(
                .regulations, "The search index cannot be used: \(error)",
                cure: "Remove the index file (it is made anew), or set `regulations.index` to one that may be written.")
        }
    }

    func retention(of store: any ChoreStore) async -> [Finding] {
        guard let settings = try? RetentionSettings(values), settings.policy != nil else { return [] }
        guard let chore = try? await store.chore(RetentionKeeper.chore), let note = Self.note(of: chore) else {
            return [.ok(.retention, "It is on, and no server has swept yet.")]
        }
        if let failure = note["failure"]?.string {
            return [
                .warning(.retention, "The last sweep broke off: \(failure)", cure: "See `turnledger retention status`.")
            ]
        }
        let age = age(of: chore.updatedAt)
        guard age < 2 * 86_400 else {
            return [
                .warning(
                    .retention, "The last sweep was \(age / 86_400) days ago.",
                    cure: "Check that a server runs; its log says why a sweep was put off.")
            ]
        }
        return [.ok(.retention, "The last sweep was \(age / 60) minutes ago.")]
    }

    func backups(of store: any ChoreStore) async -> [Finding] {
        guard let settings = try? BackupSettings(values), let interval = settings.interval else { return [] }
        guard let chore = try? await store.chore(BackupKeeper.chore), let note = Self.note(of: chore) else {
            return [.warning(.backup, "No backup was taken yet.", cure: "`turnledger backup run`, or start a server.")]
        }
        guard note["sound"]?.bool == true else {
            let fault = note["failure"]?.string ?? note["faults"]?.array?.first?.string ?? "no verdict"
            return [.failed(.backup, "The last backup is not sound: \(fault)", cure: "`turnledger backup run`.")]
        }
        let age = age(of: chore.updatedAt)
        guard Duration.seconds(age) < interval * 2 else {
            return [
                .warning(
                    .backup, "The last backup was \(age / 3600) hours ago.",
                    cure: "Check that a server runs, and its log.")
            ]
        }
        return [.ok(.backup, "The last backup was \(age / 60) minutes ago, and is sound.")]
    }

    /// What whoever did a chore last has left.
    static func note(of chore: Chore) -> JSONObject? {
        guard !chore.note.isEmpty else { return nil }
        return (try? JSONValue.parse(chore.note))?.object
    }

    private func age(of time: Timestamp) -> Int64 {
        max(0, clock.now().microseconds - time.microseconds) / 1_000_000
    }
}
