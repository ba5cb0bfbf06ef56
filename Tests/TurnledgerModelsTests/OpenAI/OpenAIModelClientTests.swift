// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TestSupport
import Testing
import TurnledgerAgent
import TurnledgerStore

@testable import TurnledgerModels

/// The client against a server that plays byte scripts on a socket.
@Suite("OpenAI-compatible endpoints", .timeLimit(.minutes(1)))
struct OpenAIModelClientTests {
    private static let question = ModelRequest(
        messages: [.human("How wide must an evacuation door be?")],
        tools: [ToolDescription(name: "search", description: "Finds.", parameters: ["type": "object"])])

    /// Waits of the client, recorded instead of waited for.
    private final class Waits: Sendable {
        private let recorded = Mutex<[Duration]>([])
        var all: [Duration] { recorded.withLock { $0 } }
        func add(_ duration: Duration) { recorded.withLock { $0.append(duration) } }
    }

    private func client(
        _ upstream: ScriptedUpstream, waits: Waits = Waits(), apiKey: String? = "key-1234",
        _ change: (inout OpenAIModelClient.Configuration) -> Void = { _ in }
    ) throws -> OpenAIModelClient {
        var configuration = OpenAIModelClient.Configuration(
            baseURL: upstream.url + "/v1", model: "test-model", apiKey: apiKey)
        change(&configuration)
        let timing = OpenAIModelClient.Timing(sleep: { waits.add($0) }, jitter: { 0 })
        return try OpenAIModelClient(configuration, timing: timing, logger: Logger(label: "test"))
    }

    private func answer(_ client: OpenAIModelClient) async throws -> [ModelEvent] {
        var events: [ModelEvent] = []
        for try await event in try await client.stream(Self.question) { events.append(event) }
        return events
    }

    /// The events before a failure, and the failure.
    private func failure(_ client: OpenAIModelClient) async throws -> ([ModelEvent], ModelError) {
        var events: [ModelEvent] = []
        do {
            for try await event in try await client.stream(Self.question) { events.append(event) }
        } catch let error as ModelError {
            return (events, error)
        }
        Issue.record("no failure after \(events)")
        throw CancellationError()
    }

    private static func content(_ text: String) -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
    }

    private static let stop = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    private static let done = "data: [DONE]\n\n"
    private static let good = ScriptedUpstream.Script.events([content("ok"), stop, done])
    private static let goodEvents: [ModelEvent] = [.textDelta("ok"), .finished(.stop)]

    // MARK: Requests

    @Test("an answer streams, and the request is what the format says")
    func streams() async throws {
        let upstream = try await ScriptedUpstream([Self.good])
        let client = try client(upstream) { $0.extraHeaders = ["X-Team": "doors"] }
        #expect(try await answer(client) == Self.goodEvents)
        let request = try #require(upstream.requests.first)
        #expect(request.method == "POST")
        #expect(request.uri == "/v1/chat/completions")
        #expect(request.headers["authorization"] == "Bearer key-1234")
        #expect(request.headers["x-team"] == "doors")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["accept"] == "text/event-stream")
        let body = try JSONValue.parse(request.body)
        #expect(body["stream"] == true)
        #expect(body["stream_options"] == ["include_usage": true])
        #expect(body["messages"] == [["role": "user", "content": "How wide must an evacuation door be?"]])
    }

    @Test("Azure's dated form puts version and deployment into the address and the key into its own header")
    func azure() async throws {
        let upstream = try await ScriptedUpstream([Self.good])
        let client = try client(upstream) {
            $0.baseURL = upstream.url
            $0.apiVersion = "2024-10-21"
        }
        #expect(try await answer(client) == Self.goodEvents)
        let request = try #require(upstream.requests.first)
        #expect(request.uri == "/openai/deployments/test-model/chat/completions?api-version=2024-10-21")
        #expect(request.headers["api-key"] == "key-1234")
        #expect(request.headers["authorization"] == nil)
    }

    @Test("a connection is used again after a regular end")
    func keepsConnections() async throws {
        let upstream = try await ScriptedUpstream { _, _ in Self.good }
        let client = try client(upstream)
        for _ in 0..<10 { #expect(try await answer(client) == Self.goodEvents) }
        // An answer is over at [DONE]; the next request may begin before the connection has read its own end.
        #expect(upstream.openedConnections < 10)
    }

    @Test("bytes in the smallest pieces make the same answer")
    func smallPieces() async throws {
        let text = ": ping\n\n" + Self.content("门 ok") + Self.stop + Self.done
        let upstream = try await ScriptedUpstream([.events(text.unicodeScalars.map { String($0) })])
        #expect(try await answer(client(upstream)) == [.textDelta("门 ok"), .finished(.stop)])
    }

    @Test("a server that refuses stream_options is asked once more, and never again with them")
    func withoutUsage() async throws {
        let refusal = ScriptedUpstream.Script.response(
            400, body: #"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#)
        let upstream = try await ScriptedUpstream([refusal, Self.good, Self.good])
        let waits = Waits()
        let client = try client(upstream, waits: waits)
        #expect(try await answer(client) == Self.goodEvents)
        #expect(try await answer(client) == Self.goodEvents)
        #expect(upstream.requests.map { $0.text.contains("stream_options") } == [true, false, false])
        #expect(waits.all.isEmpty)
    }

    @Test("a server that goes on refusing is not asked for ever")
    func refusesForEver() async throws {
        let refusal = ScriptedUpstream.Script.response(
            400, body: #"{"error":{"message":"stream_options max_completion_tokens"}}"#)
        let upstream = try await ScriptedUpstream([refusal, refusal, refusal, refusal])
        let (_, error) = try await failure(client(upstream))
        #expect(error.code == .refused)
        #expect(upstream.requests.count == 2)
    }

    // MARK: Retries

    @Test("failures before the first token are tried again, waiting as the server asks")
    func retries() async throws {
        let upstream = try await ScriptedUpstream([
            .response(429, headers: ["retry-after-ms": "120"], body: "{}"), .response(503, body: "<html>"), Self.good,
        ])
        let waits = Waits()
        #expect(try await answer(client(upstream, waits: waits)) == Self.goodEvents)
        #expect(waits.all == [.milliseconds(120), .seconds(4)])
    }

    @Test("the last failure is the caller's")
    func retriesEnd() async throws {
        let bad = ScriptedUpstream.Script.response(
            500, headers: ["x-request-id": "req-7"], body: #"{"error":{"message":"boom"}}"#)
        let upstream = try await ScriptedUpstream([bad, bad, bad, Self.good])
        let (events, error) = try await failure(client(upstream))
        #expect(events.isEmpty)
        #expect(error.code == .unavailable)
        #expect(error.requestID == "req-7")
        #expect(upstream.requests.count == 3)
    }

    @Test(
        "quota, context length, key and path are not tried again",
        arguments: [
            (429, #"{"error":{"message":"m","code":"insufficient_quota"}}"#, ModelError.Code.rateLimited),
            (400, #"{"error":{"message":"m","code":"context_length_exceeded"}}"#, .contextTooLong),
            (400, #"{"error":{"message":"m","code":"content_filter"}}"#, .contentFiltered),
            (401, #"{"error":{"message":"Incorrect API key provided: key-1234"}}"#, .unauthorized),
            (404, #"{"error":{"message":"model not found","code":"model_not_found"}}"#, .notFound),
        ])
    func notRetried(_ status: Int, _ body: String, _ code: ModelError.Code) async throws {
        let upstream = try await ScriptedUpstream([.response(status, body: body), Self.good])
        let (_, error) = try await failure(client(upstream))
        #expect(error.code == code)
        #expect(upstream.requests.count == 1)
        #expect(!error.debugDescription.contains("key-1234"))
    }

    @Test(
        "a connection that is cut or reset before the first token is tried again",
        arguments: [
            ScriptedUpstream.Script([.close]), ScriptedUpstream.Script([.reset]),
            .eventsHead().close(), .eventsHead().chunk(": ping\n\n").reset(),
            .eventsHead().chunk("data: {\"choices\":[]}\n\n").end(),
        ])
    func cutBefore(_ script: ScriptedUpstream.Script) async throws {
        let upstream = try await ScriptedUpstream([script, Self.good])
        let waits = Waits()
        #expect(try await answer(client(upstream, waits: waits)) == Self.goodEvents)
        #expect(waits.all == [.seconds(2)])
    }

    @Test("an error in the stream before the first token is tried again, where its words allow it")
    func errorBefore() async throws {
        let upstream = try await ScriptedUpstream([
            .events(["data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n"]),
            .events(["error: {\"code\":500,\"message\":\"slot unavailable\"}\n\n"]), Self.good,
        ])
        #expect(try await answer(client(upstream)) == Self.goodEvents)
        let strict = try await ScriptedUpstream([
            .events(["data: {\"error\":{\"message\":\"m\",\"code\":\"context_length_exceeded\"}}\n\n"]), Self.good,
        ])
        let (_, error) = try await failure(client(strict))
        #expect(error.code == .contextTooLong)
        #expect(strict.requests.count == 1)
    }

    // MARK: Failures within an answer

    @Test(
        "after the first token nothing is tried again",
        arguments: [
            (ScriptedUpstream.Script.eventsHead().chunk(content("a")).close(), ModelError.Code.interrupted),
            (.eventsHead().chunk(content("a")).reset(), .interrupted),
            (.events([content("a")]), .interrupted),
            (
                .events([content("a"), "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n"]),
                .interrupted
            ),
            (.events([content("a"), "error: {\"code\":500,\"message\":\"m\"}\n\n"]), .interrupted),
            (.events([content("a"), "data: {\"error\":{\"message\":\"m\",\"code\":429}}\n\n"]), .rateLimited),
            (.events([content("a"), "data: {\"choi\n\n"]), .malformed),
            (.events([content("a"), "data: {\"choi"]), .interrupted),
        ])
    func failsWithin(_ script: ScriptedUpstream.Script, _ code: ModelError.Code) async throws {
        let upstream = try await ScriptedUpstream([script, Self.good])
        let (events, error) = try await failure(client(upstream))
        #expect(events == [.textDelta("a")])
        #expect(error.code == code)
        #expect(upstream.requests.count == 1)
    }

    @Test(
        "rubbish in place of a stream is malformed",
        arguments: [
            ScriptedUpstream.Script.response(
                200, body: "<html><title>Login</title></html>", contentType: "text/html"),
            .response(200, body: "OK", contentType: "text/plain"), .response(200, body: #"{"status":"fine"}"#),
            .response(200, body: "{\"choices\":"), .events(["\u{1}\u{2}\u{3} rubbish \n\n"]),
        ])
    func rubbish(_ script: ScriptedUpstream.Script) async throws {
        let upstream = try await ScriptedUpstream([script, script, script])
        let (_, error) = try await failure(client(upstream))
        #expect(error.code == .malformed)
        #expect(upstream.requests.count == 1)
    }

    @Test("bytes that are no HTTP are a broken connection")
    func noHTTP() async throws {
        let script = ScriptedUpstream.Script.raw("SSH-2.0-OpenSSH\r\n\r\n")
        let upstream = try await ScriptedUpstream([script, script, script])
        let (_, error) = try await failure(client(upstream))
        #expect(error.code == .unavailable)
        #expect(upstream.requests.count == 3)
    }

    @Test("an error with status 200 and a JSON body is an error")
    func errorWithSuccess() async throws {
        let upstream = try await ScriptedUpstream([.response(200, body: #"{"error":{"message":"m","code":401}}"#)])
        let (_, error) = try await failure(client(upstream))
        #expect(error.code == .unauthorized)
    }

    @Test("a server that does not stream is understood")
    func wholeAnswer() async throws {
        let body = #"{"choices":[{"index":0,"message":{"content":"ok"},"finish_reason":"stop"}]}"#
        let upstream = try await ScriptedUpstream([.response(200, body: body)])
        #expect(try await answer(client(upstream)) == Self.goodEvents)
    }

    @Test("an answer larger than allowed ends the request")
    func tooLarge() async throws {
        let upstream = try await ScriptedUpstream([
            .events(Array(repeating: Self.content(String(repeating: "x", count: 50)), count: 10))
        ])
        let (events, error) = try await failure(client(upstream) { $0.maximumAnswerSize = 120 })
        #expect(events.count == 2)
        #expect(error.code == .malformed)
    }

    @Test("a redirect is not followed, so that nothing goes to another place")
    func redirect() async throws {
        let other = try await ScriptedUpstream([Self.good])
        let upstream = try await ScriptedUpstream([
            .response(307, headers: ["location": other.url + "/v1/chat/completions"])
        ])
        let (_, error) = try await failure(client(upstream))
        #expect(error.code == .notFound)
        #expect(other.requests.isEmpty)
    }

    @Test("nobody listens: unavailable, at once and without the key")
    func refusedConnection() async throws {
        let upstream = try await ScriptedUpstream([])
        let port = upstream.port
        try await upstream.stopListening()
        let waits = Waits()
        let configuration = OpenAIModelClient.Configuration(
            baseURL: "http://127.0.0.1:\(port)/v1", model: "m", apiKey: "key-1234")
        let client = try OpenAIModelClient(
            configuration, timing: .init(sleep: { waits.add($0) }, jitter: { 0 }), logger: Logger(label: "test"))
        let (_, error) = try await failure(client)
        #expect(error.code == .unavailable)
        #expect(waits.all == [.seconds(2), .seconds(4)])
        #expect(!error.debugDescription.contains("key-1234"))
        await #expect(throws: ModelError.self) { try await client.check() }
    }

    // MARK: Deadlines and cancellation

    @Test("a server that accepts and stays silent is a timeout")
    func silent() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([ScriptedUpstream.Script([.wait(latch)]), Self.good])
        let (_, error) = try await failure(client(upstream) { $0.firstByteDeadline = .milliseconds(300) })
        #expect(error.code == .timeout)
        #expect(upstream.requests.count < 2)
        #expect(try await upstream.eventually { $0.closedConnections == $0.openedConnections })
        latch.release()
    }

    @Test("a server that sends its head and no byte is a timeout")
    func silentAfterHead() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([.eventsHead().wait(for: latch)])
        let (_, error) = try await failure(client(upstream) { $0.firstByteDeadline = .milliseconds(100) })
        #expect(error.code == .timeout)
        latch.release()
    }

    @Test("a server that stalls within its answer is a timeout, and keeps what it said")
    func stalls() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([.eventsHead().chunk(Self.content("a")).wait(for: latch)])
        let (events, error) = try await failure(client(upstream) { $0.idleDeadline = .milliseconds(100) })
        #expect(events == [.textDelta("a")])
        #expect(error.code == .timeout)
        #expect(try await upstream.eventually { $0.closedConnections == 1 })
        latch.release()
    }

    @Test("keep-alive comments keep a slow answer alive")
    func comments() async throws {
        let upstream = try await ScriptedUpstream([
            .events(Array(repeating: ": ping\n\n", count: 50) + [Self.content("ok"), Self.stop, Self.done])
        ])
        #expect(try await answer(client(upstream)) == Self.goodEvents)
    }

    @Test("an answer is whole at [DONE], whatever the connection does then")
    func openAfterDone() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([
            .eventsHead().chunk(Self.content("ok") + Self.stop + Self.done).wait(for: latch),
            .eventsHead().chunk(Self.content("ok") + Self.stop + Self.done).reset(),
            .eventsHead().chunk(Self.content("ok") + Self.stop).reset(),
        ])
        let client = try client(upstream) { $0.idleDeadline = .milliseconds(500) }
        for _ in 0..<3 { #expect(try await answer(client) == Self.goodEvents) }
        latch.release()
    }

    @Test("an answer with its finish reason is whole when the server then falls silent")
    func silentAfterReason() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([
            .eventsHead().chunk(Self.content("ok") + Self.stop).wait(for: latch)
        ])
        #expect(try await answer(client(upstream) { $0.idleDeadline = .milliseconds(100) }) == Self.goodEvents)
        latch.release()
    }

    @Test("cancelling whoever reads closes the connection within a second")
    func cancellation() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([.eventsHead().chunk(Self.content("a")).wait(for: latch)])
        let client = try client(upstream)
        let began = ScriptedUpstream.Latch()
        let reader = Task {
            var events: [ModelEvent] = []
            for try await event in try await client.stream(Self.question) {
                events.append(event)
                began.release()
            }
            return events
        }
        await began.released()
        #expect(upstream.closedConnections == 0)
        reader.cancel()
        #expect(try await upstream.eventually(within: .seconds(20)) { $0.closedConnections == 1 })
        #expect(try await reader.value == [.textDelta("a")])
        latch.release()
    }

    @Test("cancelling before the first byte closes the connection too")
    func earlyCancellation() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([ScriptedUpstream.Script([.wait(latch)])])
        let client = try client(upstream)
        let reader = Task { try await answer(client) }
        #expect(try await upstream.eventually { $0.requests.count == 1 })
        reader.cancel()
        #expect(try await upstream.eventually(within: .seconds(20)) { $0.closedConnections == 1 })
        #expect(upstream.requests.count == 1)
        latch.release()
    }

    @Test("dropping a stream closes its connection")
    func dropping() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream([.eventsHead().chunk(Self.content("a")).wait(for: latch)])
        let client = try client(upstream)
        for try await _ in try await client.stream(Self.question) { break }
        #expect(try await upstream.eventually(within: .seconds(20)) { $0.closedConnections == 1 })
        latch.release()
    }

    @Test("cancelling during the wait for a retry ends the call")
    func cancelledWait() async throws {
        let upstream = try await ScriptedUpstream([.response(500), Self.good])
        let waiting = ScriptedUpstream.Latch()
        let timing = OpenAIModelClient.Timing(
            sleep: { _ in
                waiting.release()
                try await Task.sleep(for: .seconds(3600))
            }, jitter: { 0 })
        let client = try OpenAIModelClient(
            .init(baseURL: upstream.url, model: "m"), timing: timing, logger: Logger(label: "test"))
        let reader = Task { try await answer(client) }
        await waiting.released()
        reader.cancel()
        // The stream ends for a reader that was cancelled; or the reader is told why, if the call was ended first.
        do { #expect(try await reader.value.isEmpty) } catch is CancellationError {}
        #expect(upstream.requests.count == 1)
    }

    // MARK: Text tool calls and checks

    @Test("tool calls written as text are found when that is switched on, and only then")
    func textToolCalls() async throws {
        let pieces = ["Look: <tool", "_call>{\\\"name\\\":\\\"search\\\",\\\"arguments\\\":{}}</tool", "_call>"]
        let script = ScriptedUpstream.Script.events(pieces.map { Self.content($0) } + [Self.stop, Self.done])
        let upstream = try await ScriptedUpstream([script, script])
        let events = try await answer(client(upstream) { $0.recognisesTextToolCalls = true })
        guard events.count == 3, case .toolCall(let call) = events[1] else {
            Issue.record("not found: \(events)")
            return
        }
        #expect(call.name == "search")
        #expect(events[0] == .textDelta("Look: "))
        #expect(events[2] == .finished(.toolCalls))
        let plain = try await answer(client(upstream))
        #expect(plain.last == .finished(.stop))
    }

    @Test("text that is held back comes out when the answer breaks off")
    func heldText() async throws {
        let script = ScriptedUpstream.Script.events([Self.content("a"), Self.content("<tool")])
        let upstream = try await ScriptedUpstream([script])
        let (events, error) = try await failure(client(upstream) { $0.recognisesTextToolCalls = true })
        #expect(events == [.textDelta("a"), .textDelta("<tool")])
        #expect(error.code == .interrupted)
    }

    @Test("a check asks for the models, and takes none for an answer", arguments: [200, 404])
    func checkPasses(_ status: Int) async throws {
        let upstream = try await ScriptedUpstream([.response(status, body: "{}")])
        try await client(upstream).check()
        #expect(upstream.requests.map(\.uri) == ["/v1/models"])
        #expect(upstream.requests.map(\.method) == ["GET"])
    }

    @Test(
        "a check says what is wrong",
        arguments: [
            (401, ModelError.Code.unauthorized), (403, .unauthorized), (503, .unavailable), (429, .rateLimited),
        ])
    func checkFails(_ status: Int, _ code: ModelError.Code) async throws {
        let upstream = try await ScriptedUpstream([.response(status, body: #"{"error":{"message":"key-1234"}}"#)])
        let client = try client(upstream)
        let error = try await #require(throws: ModelError.self) { try await client.check() }
        #expect(error.code == code)
        #expect(!error.debugDescription.contains("key-1234"))
    }

    @Test("many streams at once do not wait for each other")
    func manyAtOnce() async throws {
        let latch = ScriptedUpstream.Latch()
        let upstream = try await ScriptedUpstream { _, _ in
            .eventsHead().wait(for: latch).chunk(Self.content("ok") + Self.stop + Self.done).end()
        }
        let client = try client(upstream)
        try await withThrowingTaskGroup(of: [ModelEvent].self) { group in
            for _ in 0..<50 { group.addTask { try await answer(client) } }
            #expect(try await upstream.eventually { $0.requests.count == 50 })
            latch.release()
            for try await events in group { #expect(events == Self.goodEvents) }
        }
    }
}
