// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerAgent

extension OpenAIModelClient {
    /// Where a model is and how it is asked.
    ///
    /// | endpoint | `baseURL` | `apiVersion` |
    /// |---|---|---|
    /// | OpenAI | `https://api.openai.com/v1` | |
    /// | Azure OpenAI, v1 | `https://RESOURCE.openai.azure.com/openai/v1` | |
    /// | Azure OpenAI, dated | `https://RESOURCE.openai.azure.com` | `2024-10-21` |
    /// | Ollama | `http://127.0.0.1:11434/v1` | |
    /// | vLLM | `http://127.0.0.1:8000/v1` | |
    /// | llama.cpp | `http://127.0.0.1:8080/v1` | |
    ///
    /// With Azure, `model` is the deployment's name. Printing a configuration shows neither the key nor header values.
    public struct Configuration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// The endpoint without `/chat/completions`, which is also accepted; a URL without a path means `/v1`.
        public var baseURL: String
        /// The model's name, or Azure's deployment.
        public var model: String
        /// The key: sent as `Authorization: Bearer`, or as `api-key` where `authentication` says so.
        public var apiKey: String?
        /// Which header carries `apiKey`.
        public var authentication: Authentication
        /// Sent with every request, behind Turnledger's own headers.
        public var extraHeaders: [String: String]
        /// Azure's dated API version: adds `api-version` to the URL and the deployment to its path.
        public var apiVersion: String?
        /// Asks for token counts with `stream_options`. A server that refuses them is not asked again.
        public var includesUsage: Bool
        /// `nil`: the server's default.
        public var temperature: Double?
        /// The most tokens that the model may write; `nil`: the server's default.
        public var maximumOutputTokens: Int?
        /// Recognises calls that small models write as text: `<tool_call>…</tool_call>`, or one JSON object that names a
        /// declared tool.
        public var recognisesTextToolCalls: Bool
        /// How long a connection, with its TLS handshake, may take.
        public var connectDeadline: Duration
        /// How long the first byte of an answer may take, from the request on: models that reason or read much are slow.
        public var firstByteDeadline: Duration
        /// How long an answer may stay silent between two bytes.
        public var idleDeadline: Duration
        /// How often a request is sent again that fails before its first token.
        public var retryCount: Int
        /// The most connections at once; whoever asks beyond waits for one, no longer than `connectDeadline`.
        public var maximumConnections: Int
        /// The most bytes of text, reasoning and tool arguments in one answer.
        public var maximumAnswerSize: Int

        /// How the key is sent.
        public enum Authentication: String, Sendable {
            /// `api-key` for Azure's hosts and wherever `apiVersion` is set, `Authorization: Bearer` elsewhere.
            case automatic
            case bearer
            case apiKeyHeader = "api-key"
        }

        public init(
            baseURL: String, model: String, apiKey: String? = nil, authentication: Authentication = .automatic,
            extraHeaders: [String: String] = [:], apiVersion: String? = nil, includesUsage: Bool = true,
            temperature: Double? = nil, maximumOutputTokens: Int? = nil, recognisesTextToolCalls: Bool = false,
            connectDeadline: Duration = .seconds(10), firstByteDeadline: Duration = .seconds(120),
            idleDeadline: Duration = .seconds(120), retryCount: Int = 2, maximumAnswerSize: Int = 8 << 20,
            maximumConnections: Int = 4096
        ) {
            self.baseURL = baseURL
            self.model = model
            self.apiKey = apiKey
            self.authentication = authentication
            self.extraHeaders = extraHeaders
            self.apiVersion = apiVersion
            self.includesUsage = includesUsage
            self.temperature = temperature
            self.maximumOutputTokens = maximumOutputTokens
            self.recognisesTextToolCalls = recognisesTextToolCalls
            self.connectDeadline = connectDeadline
            self.firstByteDeadline = firstByteDeadline
            self.idleDeadline = idleDeadline
            self.retryCount = retryCount
            self.maximumConnections = maximumConnections
            self.maximumAnswerSize = maximumAnswerSize
        }

        /// Model and origin, never the key.
        public var description: String {
            let place = (try? OpenAIEndpoint(self))?.origin ?? "an endpoint that cannot be read"
            return "\(model) at \(place)"
        }

        public var debugDescription: String { description }

        public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
    }
}

/// The addresses and headers that a configuration means.
struct OpenAIEndpoint: Sendable {
    let chatURL: String
    let modelsURL: String
    /// Scheme, host and port: safe to show.
    let origin: String
    let isAzure: Bool
    let headers: [(name: String, value: String)]
    /// What must never be shown.
    let secrets: [String]

    /// - Throws: `.notFound` for a URL that cannot be used, `.unauthorized` for a key that no header can hold.
    init(_ configuration: OpenAIModelClient.Configuration) throws(ModelError) {
        guard var components = URLComponents(string: configuration.baseURL),
            let scheme = components.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = components.host, !host.isEmpty
        else { throw ModelError(.notFound, "The model's base URL is not an http or https URL.") }
        guard components.user == nil, components.password == nil else {
            throw ModelError(.notFound, "The model's base URL holds a user or a password: use the API key or a header.")
        }
        components.fragment = nil
        origin = "\(scheme)://\(host)" + (components.port.map { ":\($0)" } ?? "")

        var path = components.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix("/chat/completions") { path.removeLast("/chat/completions".count) }
        var modelsPath = path
        let version = configuration.apiVersion.flatMap { $0.isEmpty ? nil : $0 }
        if let version {
            var items = components.queryItems ?? []
            items.removeAll { $0.name == "api-version" }
            items.append(URLQueryItem(name: "api-version", value: version))
            components.queryItems = items
        }
        if let deployments = path.firstRange(of: "/deployments/") {
            modelsPath = String(path[..<deployments.lowerBound])
        } else if version != nil && !path.hasSuffix("/v1") {
            if !path.hasSuffix("/openai") { path += "/openai" }
            modelsPath = path
            path += "/deployments/" + Self.encoded(configuration.model)
        } else if path.isEmpty {
            path = "/v1"
            modelsPath = path
        }
        components.percentEncodedPath = path + "/chat/completions"
        let chatURL = components.string
        components.percentEncodedPath = modelsPath + "/models"
        guard let chatURL, let modelsURL = components.string else {
            throw ModelError(.notFound, "The model's base URL cannot be completed.")
        }
        self.chatURL = chatURL
        self.modelsURL = modelsURL

        isAzure =
            version != nil || host.hasSuffix(".azure.com") || host.hasSuffix(".azure.us")
            || host.hasSuffix(".azure.cn")
        var headers: [(name: String, value: String)] = []
        var secrets = Array(configuration.extraHeaders.values)
        let key = configuration.apiKey?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        if !key.isEmpty {
            guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ModelError(.unauthorized, "The API key holds characters that a header cannot carry.")
            }
            secrets.append(key)
            switch configuration.authentication {
            case .bearer: headers.append(("Authorization", "Bearer " + key))
            case .apiKeyHeader: headers.append(("api-key", key))
            case .automatic: headers.append(isAzure ? ("api-key", key) : ("Authorization", "Bearer " + key))
            }
        }
        for (name, value) in configuration.extraHeaders.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else { throw ModelError(.refused, "An extra header of the model is not a valid header.") }
            headers.append((name, value))
        }
        self.headers = headers
        self.secrets = secrets
    }

    private static func encoded(_ text: String) -> String {
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove("/")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
    }
}
