// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Testing

@testable import TurnledgerCLI

@Suite("Documents of the command line")
struct DocumentationTests {
    @Test("docs/configuration.md has the table that `config check --keys` prints")
    func keyTable() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/configuration.md")
        let text = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        #expect(text.contains(ConfigurationReport.keyTable))
    }

    @Test("every command has a manual with its exit codes or examples")
    func manuals() {
        for command in TurnledgerCommand.configuration.subcommands {
            #expect(!command.configuration.abstract.isEmpty, "\(command)")
        }
    }
}
