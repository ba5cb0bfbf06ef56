// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerServer

extension ConfigurationValues {
    /// How the server listens and whom it lets in.
    func serverSettings() throws(ConfigurationError) -> ServerSettings {
        let chat = ChatSettings(
            maximumBodySize: try integer("server.maximum_body", in: 1024...(1 << 30)),
            maximumFileSize: try integer("server.maximum_file", in: 1024...(1 << 30)),
            keepAlive: try seconds("server.keep_alive", in: 1...3600),
            onDisconnect: try word("chat.on_disconnect"), profile: try word("chat.profile"))
        let cors = CORSSettings(origins: try list("cors.origins"), allowsCredentials: try boolean("cors.credentials"))
        return ServerSettings(
            host: try text("server.host") ?? "", port: try integer("server.port", in: 0...65_535), chat: chat,
            access: try accessRule(), cors: cors, stopDeadline: try seconds("server.stop_deadline", in: 0...3600))
    }

    private func accessRule() throws(ConfigurationError) -> AccessRule {
        let tokens = try tokens("auth.tokens")
        let ownerHeader = try text("auth.proxy.owner_header")
        if let word = try text("auth") {
            guard word == "none" else {
                throw wrongType("auth", "must be `none`, or a block with `tokens` or `proxy`")
            }
            // An environment that opens a server which its file closes is a mistake, or worse.
            guard tokens.isEmpty && ownerHeader == nil else {
                throw ConfigurationError("'auth' is `none`, and there are tokens or a proxy too: remove one of them.")
            }
            return .none
        }
        for (index, token) in tokens.enumerated() where token.isEmpty || token.owner.isEmpty {
            throw wrongType("auth.tokens", "has an empty token or owner at [\(index)]")
        }
        let labelHeaders = try map("auth.proxy.label_headers")
        guard let ownerHeader else {
            guard labelHeaders.isEmpty, origin(of: "auth.proxy.addresses") == .fallback else {
                throw ConfigurationError(
                    "'auth.proxy' needs 'owner_header', the header in which the proxy names the user.")
            }
            return tokens.isEmpty ? .unset : .required(tokens: tokens, proxy: nil)
        }
        let proxy = TrustedProxy(
            ownerHeader: ownerHeader, labelHeaders: labelHeaders, addresses: Set(try list("auth.proxy.addresses")))
        return .required(tokens: tokens, proxy: proxy)
    }

    /// How turns are run.
    func agentConfiguration() throws(ConfigurationError) -> AgentConfiguration {
        guard let messages = ThreadStorage.Messages(rawValue: try text("agent.messages") ?? "") else {
            throw wrongType("agent.messages", "must be plain or delta")
        }
        guard let history = RunHistory(rawValue: try text("agent.history") ?? "") else {
            throw wrongType("agent.history", "must be superstep or turn")
        }
        return AgentConfiguration(
            systemPrompt: try text("agent.system_prompt"),
            superstepLimit: try integer("agent.superstep_limit", in: 1...10_000),
            leaseDuration: try seconds("agent.lease", in: 1...3600),
            logLifetime: try seconds("agent.log_lifetime", in: 1...31_536_000),
            masksErrors: try boolean("chat.mask_errors"),
            storage: ThreadStorage(messages: messages, history: history),
            approval: try list("chat.approval").map(approvalRule),
            whileBusy: try word("chat.while_busy"))
    }

    private func approvalRule(_ text: String) throws(ConfigurationError) -> ApprovalRule {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var rule = ApprovalRule(tool: parts[0] == "*" ? nil : String(parts[0]))
        if parts.count > 1 {
            guard parts[1].hasPrefix("owner="), parts[1].count > 6 else {
                throw wrongType("chat.approval", "must be tools, each as `TOOL` or `TOOL?owner=NAME`")
            }
            rule.owner = String(parts[1].dropFirst(6))
        }
        return rule
    }

    /// One of a type's words.
    private func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(ConfigurationError) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: try text(key) ?? "") else {
            throw wrongType(key, "must be one of " + Word.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
        }
        return word
    }

    /// Who may read the metrics.
    func metricsAccess() throws(ConfigurationError) -> MetricsEndpoint.Access { try word("metrics.access") }

    func logLevel() throws(ConfigurationError) -> Logger.Level {
        guard let level = Logger.Level(rawValue: try text("log.level")?.lowercased() ?? "") else {
            throw wrongType("log.level", "must be trace, debug, info, notice, warning, error or critical")
        }
        return level
    }
}
