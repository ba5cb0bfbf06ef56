// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The flags by which every command finds its configuration and its store.
struct StoreOptions: ParsableArguments {
    @Option(help: "The configuration file. Without it `config.yaml` of the working folder, where there is one.")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where conversations are kept: `postgresql://…`, `redis://…`, `sqlite:PATH` or `memory:`.",
            discussion: """
                Overrides TURNLEDGER_STORE and `store:` of the file; by default sqlite:data/turnledger.sqlite. Other users \
                of the machine see the command line: keep a password in the environment or in the file.
                """
        ))
    var store: String?

    /// The effective configuration, with these flags and a command's own on top.
    func values(flags: [String: String?] = [:]) throws -> ConfigurationValues {
        try ConfigurationValues.load(flags: flags.merging(["store": store]) { own, _ in own }, path: config)
    }
}
