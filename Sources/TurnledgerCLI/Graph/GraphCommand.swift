// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerAgent

/// `turnledger graph …`: what the service runs.
struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Shows the graph of the agent.",
        discussion: """
                turnledger graph show

            Prints a Mermaid flowchart, in the form in which LangGraph draws its own graphs.
            """,
        subcommands: [Show.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the graph as a Mermaid flowchart.")

        func run() async throws { print(try AgentDrawing.mermaid, terminator: "") }
    }
}
