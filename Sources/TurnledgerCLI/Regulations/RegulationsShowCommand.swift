// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerRetrieval
import TurnledgerStore

/// `turnledger regulations show`.
struct RegulationsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints one clause in full.",
        discussion: """
                turnledger regulations show "TL-FS 100#5.2.3"

            Exit code 1 where there is no such clause.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    @Argument(help: "The clause: document#number.")
    var id: String

    func run() async throws {
        guard let clauseID = ClauseID(id) else {
            throw ValidationError("A clause is named document#number, such as \"TL-FS 100#5.2.3\".")
        }
        let library = try await RegulationLibrary(storeOptions)
        guard let clause = try await library.store.clause(clauseID) else {
            throw RegulationError(
                .nothingFound, "There is no clause \(id). `turnledger regulations list` shows the documents.")
        }
        let document = try await library.store.documents().first { $0.id == clauseID.document }
        let title = document?.title ?? clauseID.document
        if json {
            print(try JSONLine.text(ClauseResult(clause, title: title)))
        } else {
            print(RegulationText.text(clause, title: title, body: clause.text))
        }
    }
}
