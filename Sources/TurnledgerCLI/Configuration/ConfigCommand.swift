// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `turnledger config …`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks and shows the configuration.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks the configuration and prints what is in effect, secrets hidden.",
            discussion: """
                Each line has a key, its value and where the value comes from: flag, environment, file or default. With
                --keys it lists every key with its meaning instead.

                    turnledger config check --config config.yaml
                    TURNLEDGER_SERVER_PORT=9000 turnledger config check

                Exit code 1 where something is wrong: an unknown key, a wrong type, a variable that is not set.
                """)

        @OptionGroup var storeOptions: StoreOptions

        @Flag(help: "List every key with its type, default and meaning.")
        var keys = false

        func run() async throws {
            if keys {
                print(ConfigurationReport.keyTable)
                return
            }
            let values = try storeOptions.values()
            print(try ConfigurationReport.effective(values), terminator: "")
            try values.validate()
        }
    }
}
