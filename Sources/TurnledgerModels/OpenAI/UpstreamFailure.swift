// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// What an endpoint says about a failure, read from whatever shape it comes in.
///
/// Known shapes: OpenAI, Azure and vLLM `{"error":{"message","type","param","code"}}` (the code a string or a number;
/// Azure adds `innererror`); Ollama `{"error":"text"}`; older vLLM `{"object":"error","message","type","code"}`;
/// FastAPI `{"detail":"text"}` and `{"detail":[{"loc","msg","type"}]}`; Gemini, an array of the first; HTML of proxies,
/// of which the title is kept; plain text.
struct UpstreamFailure: Hashable, Sendable {
    var message: String?
    var type: String?
    /// The code where it is text.
    var code: String?
    /// The code where it is a number: mostly an HTTP status.
    var number: Int?

    init(message: String? = nil, type: String? = nil, code: String? = nil, number: Int? = nil) {
        self.message = message
        self.type = type
        self.code = code
        self.number = number
    }

    /// Reads a body.
    init(body: [UInt8]) {
        if let value = try? JSONValue.parse(body, limits: PayloadLimits(depth: 32, values: 10_000, bytes: 1 << 20)) {
            self.init(value)
            return
        }
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        self.init(message: Self.title(ofHTML: text) ?? text)
    }

    /// Reads a JSON body, or a chunk inside a stream.
    init(_ value: JSONValue) {
        self.init()
        switch value {
        case .string(let text):
            message = text
        case .array(let values):
            if let first = values.first { self = UpstreamFailure(first) }
        case .object(let object):
            if let error = object["error"], !error.isNull {
                if case .object(let inner) = error {
                    read(inner)
                } else {
                    message = error.string
                }
                if code == nil && number == nil { readCode(object["code"]) }
                if message == nil { message = object["message"]?.string }
            } else if let detail = object["detail"] {
                message = Self.message(ofDetail: detail)
            } else {
                read(object)
            }
        default:
            break
        }
    }

    private mutating func read(_ error: JSONObject) {
        message = error["message"]?.string ?? error["error_description"]?.string
        type = error["type"]?.string ?? error["status"]?.string
        readCode(error["code"])
        let inner = error["innererror"] ?? error["inner_error"]
        if code == nil, let innerCode = inner?["code"]?.string { code = innerCode }
    }

    private mutating func readCode(_ value: JSONValue?) {
        switch value {
        case .string(let text):
            if let number = Int(text) { self.number = number } else { code = text.isEmpty ? nil : text }
        case .integer(let number): self.number = Int(clamping: number)
        default: break
        }
    }

    /// FastAPI's `detail`; a validation error's `input` is left out, because it repeats the conversation.
    private static func message(ofDetail detail: JSONValue) -> String? {
        if let text = detail.string { return text }
        guard let problems = detail.array else { return detail["message"]?.string ?? detail["msg"]?.string }
        let lines = problems.prefix(5).compactMap { problem -> String? in
            guard let text = problem["msg"]?.string else { return nil }
            let place = problem["loc"]?.array?.map { $0.string ?? $0.integer.map { String($0) } ?? "?" } ?? []
            return place.isEmpty ? text : place.joined(separator: ".") + ": " + text
        }
        return lines.isEmpty ? nil : lines.joined(separator: "; ")
    }

    private static func title(ofHTML text: String) -> String? {
        guard text.contains(/(?i)<(html|head|!doctype)/) else { return nil }
        guard let match = text.firstMatch(of: /(?i)<title>\s*([^<]{1,200})/) else { return "an HTML page" }
        return "an HTML page, \"\(match.1)\""
    }
}

extension UpstreamFailure {
    /// The failure in the terms of `ModelError` where its words alone say it, whatever the status is.
    var knownCode: ModelError.Code? {
        let words = [code, type].compactMap { $0?.lowercased() }
        if words.contains(where: Self.contextWords.contains) || speaksOfContext { return .contextTooLong }
        if words.contains(where: Self.filterWords.contains) { return .contentFiltered }
        if words.contains(where: Self.quotaWords.contains) { return .rateLimited }
        return nil
    }

    /// Whether a quota is used up: waiting a little does not help.
    var isQuotaExhausted: Bool {
        [code, type].compactMap { $0?.lowercased() }.contains(where: Self.quotaWords.contains)
    }

    /// The failure in the terms of `ModelError`.
    ///
    /// - Parameter status: The HTTP status, or the number inside a stream's error; 0 where there is none.
    func modelErrorCode(status: Int) -> ModelError.Code {
        if let knownCode { return knownCode }
        switch status {
        case 401, 403, 407: return .unauthorized
        case 404, 300..<400: return .notFound
        case 408, 504: return .timeout
        case 413: return .contextTooLong
        case 429: return .rateLimited
        case 409, 425, 500...: return .unavailable
        case 400..<500: return .refused
        default: break
        }
        let words = [code, type].compactMap { $0?.lowercased() }
        if words.contains(where: { $0.contains("rate_limit") || $0 == "resource_exhausted" }) { return .rateLimited }
        if words.contains(where: { $0.contains("authentication") || $0 == "invalid_api_key" }) { return .unauthorized }
        if words.contains(where: { $0 == "model_not_found" || $0 == "not_found_error" }) { return .notFound }
        if words.contains(where: { $0.contains("invalid_request") || $0 == "badrequesterror" }) { return .refused }
        return .unavailable
    }

    /// A sentence for operators, one line of at most 300 characters.
    func detail(status: Int?, redactor: Redactor) -> String {
        let kind = [status.map { "HTTP \($0)" }, type, code ?? number.map { String($0) }].compactMap { $0 }
        let said = message.map { redactor.clean($0) } ?? ""
        let head = kind.isEmpty ? "The endpoint reports an error" : redactor.clean(kind.joined(separator: ", "))
        return said.isEmpty ? head : head + ": " + said
    }

    private static let contextWords: Set<String> = [
        "context_length_exceeded", "exceed_context_size_error", "string_above_max_length",
    ]
    private static let filterWords: Set<String> = [
        "content_filter", "content_policy_violation", "responsibleaipolicyviolation",
    ]
    private static let quotaWords: Set<String> = [
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded",
    ]

    /// vLLM and older llama.cpp say it in words alone.
    private var speaksOfContext: Bool {
        guard let text = message?.lowercased() else { return false }
        return text.contains("maximum context length") || text.contains("available context size")
            || text.contains("exceeds the context window") || text.contains("prompt is too long")
            || text.contains("exceeds maximum model length")
    }
}
