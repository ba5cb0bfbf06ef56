// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent

@testable import TurnledgerModels

@Suite("Failures of model endpoints")
struct UpstreamFailureTests {
    private func error(
        _ status: Int, _ body: String, secrets: [String] = [], request: ModelRequest? = nil,
        headers: [String: String] = [:]
    ) -> ModelError {
        let bytes = Array(body.utf8)
        return ExchangeFailure.refused(
            status: status, UpstreamFailure(body: bytes), headers: headers, body: bytes
        ).modelError(
            hasBegun: false, origin: "http://x", redactor: Redactor(secrets: secrets, request: request))
    }

    @Test(
        "bodies of every shape are read",
        arguments: [
            (
                #"{"error":{"message":"boom","type":"server_error","param":null,"code":null}}"#,
                "HTTP 500, server_error: boom"
            ),
            (#"{"error":{"message":"boom","type":null,"param":null,"code":"c"}}"#, "HTTP 500, c: boom"),
            (#"{"error":{"message":"boom","type":"T","code":500}}"#, "HTTP 500, T, 500: boom"),
            (#"{"error":"boom"}"#, "HTTP 500: boom"), (#"{"detail":"boom"}"#, "HTTP 500: boom"),
            (
                #"{"detail":[{"loc":["body","messages",0],"msg":"field required","type":"missing","input":"secret text"}]}"#,
                "HTTP 500: body.messages.0: field required"
            ),
            (#"{"object":"error","message":"boom","type":"T","code":500}"#, "HTTP 500, T, 500: boom"),
            (#"[{"error":{"code":500,"message":"boom","status":"INTERNAL"}}]"#, "HTTP 500, INTERNAL, 500: boom"),
            (#"{"message":"boom"}"#, "HTTP 500: boom"), (#"{"error":{}}"#, "HTTP 500"), ("", "HTTP 500"),
            ("Internal\r\n  Server Error", "HTTP 500: Internal Server Error"),
            (
                "<html>\n<head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
                "HTTP 500: an HTML page, \"502 Bad Gateway\""
            ),
            ("<!DOCTYPE html><p>x", "HTTP 500: an HTML page"),
        ])
    func shapes(_ body: String, _ detail: String) {
        #expect(error(500, body).detail == detail)
        #expect(error(500, body).code == .unavailable)
    }

    @Test(
        "statuses become codes",
        arguments: [
            (401, ModelError.Code.unauthorized), (403, .unauthorized), (404, .notFound), (302, .notFound),
            (408, .timeout),
            (504, .timeout), (413, .contextTooLong), (429, .rateLimited), (409, .unavailable), (500, .unavailable),
            (503, .unavailable), (529, .unavailable), (400, .refused), (422, .refused),
        ])
    func statuses(_ status: Int, _ code: ModelError.Code) {
        #expect(error(status, "{}").code == code)
    }

    @Test(
        "words say more than the status",
        arguments: [
            (
                400, #"{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
                ModelError.Code.contextTooLong
            ),
            (400, #"{"error":{"code":400,"message":"m","type":"exceed_context_size_error"}}"#, .contextTooLong),
            (
                400, #"{"error":{"message":"This model's maximum context length is 4096 tokens.","code":400}}"#,
                .contextTooLong
            ),
            (500, #"{"error":{"message":"the request exceeds the available context size"}}"#, .contextTooLong),
            (
                400,
                #"{"error":{"message":"m","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                .contentFiltered
            ),
            (400, #"{"error":{"message":"m","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, .contentFiltered),
            (403, #"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#, .rateLimited),
            (404, #"{"error":{"code":"DeploymentNotFound","message":"m"}}"#, .notFound),
        ])
    func words(_ status: Int, _ body: String, _ code: ModelError.Code) {
        #expect(error(status, body).code == code)
    }

    @Test(
        "errors in a stream have no status: a number or words stand for it",
        arguments: [
            (UpstreamFailure(number: 429), ModelError.Code.rateLimited),
            (UpstreamFailure(type: "server_error"), .unavailable),
            (UpstreamFailure(code: "rate_limit_exceeded"), .rateLimited), (UpstreamFailure(number: 400), .refused),
            (UpstreamFailure(type: "invalid_request_error"), .refused),
            (UpstreamFailure(code: "invalid_api_key"), .unauthorized),
            (UpstreamFailure(message: "overloaded"), .unavailable), (UpstreamFailure(number: 5), .unavailable),
        ])
    func inStream(_ failure: UpstreamFailure, _ code: ModelError.Code) {
        let redactor = Redactor(secrets: [])
        let before = ExchangeFailure.reported(failure, requestID: "r1")
            .modelError(hasBegun: false, origin: "", redactor: redactor)
        #expect(before.code == code)
        #expect(before.requestID == "r1")
        let after = ExchangeFailure.reported(failure, requestID: nil)
            .modelError(hasBegun: true, origin: "", redactor: redactor)
        #expect(after.code == (code == .unavailable ? .interrupted : code))
    }

    @Test("request IDs of OpenAI and Azure are kept")
    func requestIDs() {
        #expect(error(500, "", headers: ["x-request-id": "a", "apim-request-id": "b"]).requestID == "a")
        #expect(error(500, "", headers: ["apim-request-id": "b"]).requestID == "b")
    }

    @Test("details hold no key, whole or masked, no token and no text of the conversation")
    func redaction() {
        let request = ModelRequest(messages: [.human("My name is Frank and I like doors.")])
        let body = """
            {"error":{"message":"Incorrect API key provided: sk-abcd****wxyz. You sent my-own-key-1 as Bearer xyz.1 \
            with My name is Frank and I like doors."}}
            """
        let text = error(401, body, secrets: ["my-own-key-1"], request: request).debugDescription
        for secret in ["my-own-key-1", "abcd", "wxyz", "xyz.1", "Frank"] {
            #expect(!text.contains(secret), "\(secret) in \(text)")
        }
    }

    @Test("details are one line of limited length")
    func length() {
        let body = #"{"error":{"message":"\#(String(repeating: "long\\n", count: 50_000))"}}"#
        let detail = error(500, body).detail
        #expect(detail.count < 400)
        #expect(!detail.contains("\n"))
    }
}
