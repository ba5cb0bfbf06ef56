// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import TurnledgerOperations
import TurnledgerStore

/// `turnledger archive …`.
struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Writes threads to compressed files with checksums, and removes those that retention would remove.",
        discussion: """
                turnledger archive run                     what the policy would remove is archived first, then removed
                turnledger archive write demo other        a copy of threads; they stay
                turnledger archive list
                turnledger archive verify

            The folder is `retention.archive` or --folder. A thread is removed only once its file and manifest are on the disk.
            `turnledger restore` brings threads back, equal to the byte.

            Exit codes: 0 done, 1 failed or an archive is damaged, 64 the command line is wrong.
            """,
        subcommands: [Run.self, Write.self, List.self, Verify.self])

    struct FolderOptions: ParsableArguments {
        @OptionGroup var storeOptions: StoreOptions

        @Option(help: "The folder of archives, in place of `retention.archive`.")
        var folder: String?

        func values() throws -> ConfigurationValues { try storeOptions.values(flags: ["retention.archive": folder]) }
        // Inlined into a command's `run`, it crashes the optimizer of Swift 6.3.1 ("while splitting coroutine").
        @inline(never)
        func archive() throws -> ArchiveFolder { ArchiveFolder(path: try RetentionSettings(values()).archive) }

        func store() async throws -> any ArchivingStore {
            guard let store = try await StoreOpener.open(values()) as? any ArchivingStore else {
                throw CommandFailure(description: "The store cannot archive; SQLite and PostgreSQL can.")
            }
            return store
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sweeps once as `retention run` does, and archives whatever it would delete.")

        @OptionGroup var options: FolderOptions

        @Option(help: "After so many days without activity, in place of the configuration's.")
        var ttlDays: Int?

        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            let values = try options.storeOptions.values(flags: [
                "retention.archive": options.folder, "retention.ttl_days": ttlDays.map(String.init),
            ])
            let settings = try RetentionSettings(values)
            let store = try await RetentionCommand.open(values)
            guard var sweep = settings.sweep(store), sweep.archiver != nil else {
                throw CommandFailure(description: "No term is configured, or the store cannot archive.")
            }
            sweep.policy = sweep.policy.archivingInsteadOfDeleting
            let keeper = RetentionKeeper(
                store, sweep: sweep, leaseDuration: .seconds(15), holder: Operator.holder,
                logger: .forCommand(level: .warning))
            guard let report = try await readable({ try await keeper.sweepOnce() }) else {
                throw CommandFailure(description: "A server is sweeping now: see `turnledger retention status`.")
            }
            print(json ? JSONValue.object(report.json).text : RetentionPrinter.text(report, isPlan: false))
            if report.failed > 0 { throw ExitCode.failure }
        }
    }

    struct Write: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes threads to a new file; they stay in the store.")

        @OptionGroup var options: FolderOptions

        @Argument(help: "The threads' ids.")
        var threads: [String]

        func run() async throws {
            let ids = try threads.map(threadID)
            let store = try await options.store()
            let folder = try options.archive()
            let written = try await Self.write(ids, from: store, to: folder)
            let missing = ids.filter { !written.contains($0) }
            for id in missing { print(MessagePrinter.clean("\(id): there is no such thread")) }
            if !missing.isEmpty { throw ExitCode.failure }
        }

        /// Writes, says and audits it, and returns the threads that are in the file.
        private static func write(
            _ ids: [ThreadID], from store: any ArchivingStore, to folder: ArchiveFolder
        ) async throws -> Set<ThreadID> {
            guard let manifest = try await readable({ try await folder.write(ids, from: store) }) else { return [] }
            let written = Set(manifest.threads.map(\.thread))
            print("\(folder.path)/\(manifest.file): \(written.count) threads, \(manifest.bytes) bytes")
            try await Operator.record(
                .archived, of: written.map(\.rawValue).sorted(), details: ["file": .string(manifest.file)], in: store)
            return written
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the threads of all files, the oldest file first.")

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let folder = try options.archive()
            let manifests = try await readable { try folder.manifests() }
            for manifest in manifests {
                for entry in manifest.threads {
                    print(
                        MessagePrinter.clean(
                            "\(manifest.createdAt)  \(manifest.file)  \(entry.thread)  \(entry.owner ?? "-")  "
                                + "\(entry.rows) rows"))
                }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reads all files and compares every checksum.")

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let folder = try options.archive()
            let faults = await folder.faults()
            for fault in faults { print(MessagePrinter.clean(fault)) }
            guard faults.isEmpty else { throw ExitCode.failure }
            let manifests = try await readable { try folder.manifests() }
            print("\(manifests.count) files, \(manifests.reduce(0) { $0 + $1.threads.count }) threads, intact.")
        }
    }
}

/// `turnledger restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Brings archived threads back into the store, equal to the byte.",
        discussion: """
                turnledger restore demo
                turnledger restore --all

            Of a thread that was archived more than once the newest comes back. A restored thread is pinned: retention would
            take it again otherwise; `turnledger retention unpin` lets it go. A thread that is in the store is left as it is.

            Exit codes: 0 done, 1 failed or a thread is not in the archive, 64 the command line is wrong.
            """)

    @OptionGroup var options: ArchiveCommand.FolderOptions

    @Argument(help: "The thread's id.")
    var thread: String?

    @Flag(help: "Bring all threads back.")
    var all = false

    func validate() throws {
        guard all != (thread != nil) else { throw ValidationError("Give a thread's id or --all.") }
    }

    func run() async throws {
        let id = try thread.map(threadID)
        let store = try await options.store()
        let folder = try options.archive()
        let (restored, present) = try await readable { try await folder.restore(id, into: store) }
        try await Operator.record(.restored, of: restored.map(\.rawValue), in: store)
        for id in restored { print(MessagePrinter.clean("restored  \(id)")) }
        for id in present { print(MessagePrinter.clean("in the store already  \(id)")) }
        if restored.isEmpty, present.isEmpty, id != nil {
            throw CommandFailure(description: "There is no such thread in \(folder.path).")
        }
    }
}

extension RetentionPolicy {
    /// The same terms; whatever they delete is archived first.
    var archivingInsteadOfDeleting: RetentionPolicy {
        func archiving(_ term: RetentionTerm) -> RetentionTerm {
            term.action == .delete ? RetentionTerm(idle: term.idle, action: .archive) : term
        }
        return RetentionPolicy(
            standard: archiving(standard),
            rules: rules.map { LabelRule(labels: $0.labels, term: archiving($0.term)) }, waiting: waiting)
    }
}
