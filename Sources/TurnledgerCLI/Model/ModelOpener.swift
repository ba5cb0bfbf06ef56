// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Tracing
import TurnledgerAgent
import TurnledgerModels

/// Turns the `model` block into a model.
enum ModelOpener {
    /// - Parameters:
    ///   - connections: The most connections to the model at once.
    ///   - instrument: Puts traces into the headers of requests.
    /// - Throws: `ConfigurationError` for what cannot be a model; nothing is sent yet.
    static func make(
        _ values: ConfigurationValues, connections: Int? = nil, instrument: (any Instrument)? = nil, logger: Logger
    ) throws(ConfigurationError) -> any ModelClient {
        switch try values.text("model.kind") {
        case "extractive": return ExtractiveAnswerer()
        case "openai":
            var configuration = try values.openAI()
            if let connections { configuration.maximumConnections = connections }
            do throws(ModelError) {
                return try OpenAIModelClient(configuration, logger: logger, instrument: instrument)
            } catch {
                throw ConfigurationError("The model cannot be used as configured: \(error.detail)")
            }
        default: throw values.wrongType("model.kind", "must be `extractive` or `openai`")
        }
    }

    /// Whether answers need connections to a model.
    static func asksModel(_ values: ConfigurationValues) throws(ConfigurationError) -> Bool {
        try values.text("model.kind") == "openai"
    }

    /// What to call the model in the log and in health: never the key.
    static func description(_ values: ConfigurationValues) throws(ConfigurationError) -> String {
        guard try values.text("model.kind") == "openai" else { return "extractive" }
        return "openai: \(try values.text("model.name") ?? "")"
    }
}

extension ConfigurationValues {
    func openAI() throws(ConfigurationError) -> OpenAIModelClient.Configuration {
        guard let url = try text("model.url"), !url.isEmpty else {
            throw ConfigurationError("The model `openai` needs 'model.url' (or --model-url): where its endpoint is.")
        }
        guard let name = try text("model.name"), !name.isEmpty else {
            throw ConfigurationError("The model `openai` needs 'model.name' (or --model-name): which model to ask for.")
        }
        let word = try text("model.authentication") ?? ""
        guard let authentication = OpenAIModelClient.Configuration.Authentication(rawValue: word) else {
            throw wrongType("model.authentication", "must be `automatic`, `bearer` or `api-key`")
        }
        return OpenAIModelClient.Configuration(
            baseURL: url, model: name, apiKey: try text("model.api_key"), authentication: authentication,
            extraHeaders: try map("model.headers"), apiVersion: try text("model.api_version"),
            includesUsage: try boolean("model.usage"), temperature: try number("model.temperature", in: 0...2),
            maximumOutputTokens: try text("model.maximum_output_tokens") == nil
                ? nil : integer("model.maximum_output_tokens", in: 1...10_000_000),
            recognisesTextToolCalls: try boolean("model.text_tool_calls"),
            connectDeadline: try seconds("model.connect_deadline", in: 1...600),
            firstByteDeadline: try seconds("model.first_byte_deadline", in: 1...3600),
            idleDeadline: try seconds("model.idle_deadline", in: 1...3600),
            retryCount: try integer("model.retries", in: 0...10))
    }
}
