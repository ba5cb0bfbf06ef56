// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
public import Tracing
public import TurnledgerAgent
import TurnledgerStore

/// Talks to any endpoint that speaks OpenAI's Chat Completions: OpenAI, Azure OpenAI, Ollama, vLLM, llama.cpp.
///
/// Answers stream. A request that fails before its first token is sent again, at most `Configuration.retryCount` times;
/// once the caller has seen a part of an answer, a failure is the caller's. Cancelling the Swift task that reads a
/// stream, or dropping the stream, closes the connection at once; the sequence then ends without `.finished`.
///
/// Errors and logs never hold the key, header values or the conversation's text.
public final class OpenAIModelClient: ModelClient {
    /// What answers are marked with: the configured model name.
    public let name: String
    public let provider: String

    let configuration: Configuration
    let endpoint: OpenAIEndpoint
    let http: HTTPClient
    let retryPolicy: RetryPolicy
    let timing: Timing
    let logger: Logger
    let instrument: (any Instrument)?
    private let executors = EventLoopExecutors(.singleton)
    private let currentDialect: Mutex<ChatCompletionRequest.Dialect>

    /// What tests set: the clock, the wait between attempts and its randomness.
    struct Timing: Sendable {
        var clock: any WallClock = SystemWallClock()
        var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        /// A number in 0..<1.
        var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }
    }

    /// Makes a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: Which endpoint, which model, and with what key.
    ///   - logger: Takes a line for each repeated request; never texts or keys.
    ///   - instrument: Puts the context of whoever asks into the headers of requests, such as `traceparent`; `nil`: nobody
    ///     does.
    /// - Throws: `.notFound` for a base URL that cannot be used, `.unauthorized` for a key and `.refused` for a header
    ///   that HTTP cannot carry: mend the configuration.
    public convenience init(
        _ configuration: Configuration, logger: Logger = Logger(label: "turnledger.models.openai"),
        instrument: (any Instrument)? = nil
    ) throws(ModelError) {
        try self.init(configuration, timing: Timing(), logger: logger, instrument: instrument)
    }

    init(
        _ configuration: Configuration, timing: Timing, logger: Logger, instrument: (any Instrument)? = nil
    ) throws(ModelError) {
        name = configuration.model
        self.instrument = instrument
        self.configuration = configuration
        let endpoint = try OpenAIEndpoint(configuration)
        self.endpoint = endpoint
        provider = endpoint.isAzure ? "azure.ai.openai" : "openai"
        self.timing = timing
        self.logger = logger
        retryPolicy = RetryPolicy(maximumRetries: configuration.retryCount)
        currentDialect = Mutex(.init(includesUsage: configuration.includesUsage))

        var http = HTTPClient.Configuration(
            // A redirect would carry the conversation to another place.
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(configuration.connectDeadline), read: nil)
        )
        // Attempts are counted here, not in the pool; and each run holds a connection for as long as its answer takes.
        http.connectionPool.retryConnectionEstablishment = false
        http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.maximumConnections
        http.connectionPool.idleTimeout = .seconds(30)
        self.http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: http)
    }

    deinit {
        // A stream that is being read keeps the client alive, so nothing is in flight here.
        http.shutdown { _ in }
    }

    public var executor: (any TaskExecutor)? { executors.next }

    public func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        let (stream, continuation) = ModelStream.makeStream()
        let exchange = ChatExchange(client: self, request: request)
        let output = ChatExchange.Output(continuation)
        let task = Task(executorPreference: executors.next) { await exchange.run(into: output) }
        continuation.onTermination = { reason in
            // After a regular end the connection is read to its own end, and used again.
            if case .cancelled = reason { task.cancel() }
        }
        return stream
    }

    /// Asks for the list of models, which costs nothing; an endpoint without such a list passes.
    public func check() async throws(ModelError) {
        var request = HTTPClientRequest(url: endpoint.modelsURL)
        request.headers = headers(accepting: "application/json")
        let prepared = request
        let silence = SilenceTimer(allowing: min(configuration.firstByteDeadline, .seconds(15)))
        let result = await ChatExchange.watched(by: silence) { [http] in
            let response = try await http.execute(prepared, deadline: .distantFuture)
            switch response.status.code {
            case 200..<300, 404, 405, 501: return
            default:
                let headers = ChatExchange.lowercased(response.headers)
                throw await ChatExchange.refusal(response, headers: headers, silence: silence)
            }
        }
        if case .failure(let failure) = result {
            throw failure.modelError(
                hasBegun: false, origin: endpoint.origin, redactor: Redactor(secrets: endpoint.secrets))
        }
    }

    /// How this server wants to be asked, as far as it has said.
    var dialect: ChatCompletionRequest.Dialect { currentDialect.withLock { $0 } }

    func adopt(_ dialect: ChatCompletionRequest.Dialect) {
        currentDialect.withLock { $0 = dialect }
    }

    func headers(accepting type: String) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Accept": type, "User-Agent": "turnledger"]
        for (name, value) in endpoint.headers { headers.replaceOrAdd(name: name, value: value) }
        return headers
    }

    /// The headers of a request for an answer, with the context of whoever asks.
    func requestHeaders() -> HTTPHeaders {
        var headers = headers(accepting: "text/event-stream")
        headers.add(name: "Content-Type", value: "application/json")
        if let instrument, let context = InstrumentationContext.current {
            instrument.inject(context, into: &headers, using: HeaderInjector())
        }
        return headers
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
        headers.replaceOrAdd(name: key, value: value)
    }
}
