// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `turnledger regulations …`.
struct RegulationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regulations",
        abstract: "Imports regulations and searches them.",
        discussion: """
            Regulations lie in the store beside the conversations; answers quote their clauses.

                turnledger regulations import Examples/regulations
                turnledger regulations search "How wide must an evacuation door be?"
                turnledger regulations show "TL-FS 100#5.2.3"
            """,
        subcommands: [
            RegulationsImportCommand.self, RegulationsSearchCommand.self, RegulationsShowCommand.self,
            RegulationsListCommand.self, RegulationsEvalCommand.self,
        ]
    )
}
