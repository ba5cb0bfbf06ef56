// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The flags that choose a model.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "extractive or openai.",
            discussion: """
                extractive, the default, quotes the imported regulations and what the conversation says; it needs no
                model and no network. openai talks to any OpenAI-compatible endpoint.
                """,
            valueName: "kind"))
    var model: String?

    @Option(
        name: .customLong("model-url"),
        help: ArgumentHelp("Where the endpoint is, such as http://127.0.0.1:11434/v1.", valueName: "url"))
    var modelURL: String?

    @Option(
        help: ArgumentHelp("The model to ask for. Its key is TURNLEDGER_MODEL_API_KEY.", valueName: "name"))
    var modelName: String?

    var flags: [String: String?] { ["model.kind": model, "model.url": modelURL, "model.name": modelName] }
}
