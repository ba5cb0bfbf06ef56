// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TurnledgerRetrieval
import TurnledgerStore

/// `turnledger regulations import`.
struct RegulationsImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Imports regulations from files and folders.",
        discussion: """
            Understood are Markdown (.md), plain text (.txt), HTML (.html), PDF (.pdf, needs pdftotext of the package
            poppler-utils), and SQLite files that a mapping file (.yaml, .json) describes; see Examples/corpora. Folders
            are read with all folders in them; README and LICENSE files are passed over.

            All of an import is stored at once or, where something is wrong, nothing. A later import of the same paths
            changes only what has changed, and removes documents that are gone from there.

            Exit code 1: nothing was imported; the message says why.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print what was done as one line of JSON.")
    var json = false

    @Argument(help: "Files and folders.")
    var paths: [String]

    func run() async throws {
        let library = try await RegulationLibrary(storeOptions)
        if case .memory = library.location {
            throw ConfigurationError(
                "An import into memory: would be gone at once. Name a store with --store sqlite:PATH.")
        }
        let bar = ProgressBar()
        let importer = RegulationImporter(store: library.store)
        let summary: RegulationImporter.Summary
        do {
            summary = try await importer.importRegulations(from: paths) { progress in
                bar.show(progress.phase.rawValue, done: progress.done, total: progress.total, name: progress.name)
            }
            bar.finish()
        } catch {
            bar.finish()
            throw error
        }
        if json {
            print(try JSONLine.text(summary))
        } else {
            print(
                "\(summary.added) added, \(summary.changed) changed, \(summary.removed) removed, "
                    + "\(summary.unchanged) unchanged; \(summary.clauses) clauses in all.")
        }
    }
}
