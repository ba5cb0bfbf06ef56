// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import TurnledgerAgent
import TurnledgerStore

/// Carries out one model call: attempts, deadlines and the reading of the answer.
///
/// The decisions are made by values that know no network: `ServerSentEventParser`, `ChatCompletionAssembler`,
/// `TextToolCallFilter` and `RetryPolicy`.
struct ChatExchange: Sendable {
    let client: OpenAIModelClient
    let request: ModelRequest
    let redactor: Redactor

    /// How long a server may keep the connection open, silent, once the answer is whole.
    private static let graceAfterEnd = Duration.seconds(10)
    private static let graceAfterDone = Duration.seconds(1)
    private static let maximumErrorSize = 64 << 10

    init(client: OpenAIModelClient, request: ModelRequest) {
        self.client = client
        self.request = request
        redactor = Redactor(secrets: client.endpoint.secrets, request: request)
    }

    /// Attempts until an answer has begun or no attempt is left, and ends the stream.
    func run(into output: Output) async {
        var retries = 0
        while true {
            let dialect = client.dialect
            let failure: ExchangeFailure
            switch await attempt(dialect, into: output) {
            case .success:
                return output.finish()
            case .failure(let reason):
                failure = reason
            }
            if Task.isCancelled { return output.finish(throwing: CancellationError()) }
            if !output.hasBegun {
                if case .refused(let status, _, _, let body) = failure,
                    let adapted = dialect.adapted(toRefusal: status, body: body)
                {
                    client.adopt(adapted)
                    client.logger.debug("The model's endpoint refuses an option; asking without it")
                    continue
                }
                if let question = failure.retryQuestion,
                    let delay = client.retryPolicy.delay(
                        after: question, retries: retries, now: client.timing.clock.now(),
                        jitter: client.timing.jitter())
                {
                    retries += 1
                    client.logger.debug(
                        "Model call failed; trying again",
                        metadata: ["model": "\(client.name)", "retry": "\(retries)", "delay": "\(delay)"])
                    do {
                        try await client.timing.sleep(delay)
                    } catch {
                        return output.finish(throwing: CancellationError())
                    }
                    continue
                }
            }
            let error = failure.modelError(
                hasBegun: output.hasBegun, origin: client.endpoint.origin, redactor: redactor)
            return output.finish(throwing: error)
        }
    }

    private func attempt(_ dialect: ChatCompletionRequest.Dialect, into output: Output) async
        -> Result<Void, ExchangeFailure>
    {
        let configuration = client.configuration
        let body = ChatCompletionRequest.body(for: request, configuration: configuration, dialect: dialect)
        var httpRequest = HTTPClientRequest(url: client.endpoint.chatURL)
        httpRequest.method = .POST
        httpRequest.headers = client.requestHeaders()
        httpRequest.body = .bytes(ByteBuffer(bytes: JSONValue.object(body).serialized()))
        let prepared = httpRequest
        let silence = SilenceTimer(allowing: configuration.firstByteDeadline)
        return await Self.watched(by: silence) {
            let response = try await client.http.execute(prepared, deadline: .distantFuture)
            let headers = Self.lowercased(response.headers)
            guard (200..<300).contains(response.status.code) else {
                throw await Self.refusal(response, headers: headers, silence: silence)
            }
            var reader = AnswerReader(exchange: self, output: output, requestID: ExchangeFailure.requestID(headers))
            try await read(response.body, into: &reader, silence: silence)
        }
    }

    private func read(
        _ body: HTTPClientResponse.Body, into reader: inout AnswerReader, silence: SilenceTimer
    ) async throws {
        let idle = client.configuration.idleDeadline
        do {
            for try await bytes in body {
                if reader.isOver { continue }
                silence.heard(nextWithin: reader.isComplete ? min(idle, Self.graceAfterEnd) : idle)
                try reader.take(bytes.readableBytesView)
                if reader.isOver { silence.heard(nextWithin: min(idle, Self.graceAfterDone)) }
            }
        } catch let failure as ExchangeFailure {
            throw failure
        } catch {
            // A connection that breaks behind the answer's end takes nothing away.
            guard reader.isComplete, !Task.isCancelled || silence.hasExpired else {
                reader.abandon()
                throw error
            }
        }
        try reader.finish()
    }

    /// Runs an operation until it ends or has been silent for too long; then it is cancelled, and its connection closed.
    static func watched(
        by silence: SilenceTimer, _ operation: @escaping @Sendable () async throws -> Void
    ) async -> Result<Void, ExchangeFailure> {
        await withTaskGroup(of: Result<Void, ExchangeFailure>?.self) { group in
            group.addTask {
                await silence.watch()
                return nil
            }
            group.addTask {
                do {
                    try await operation()
                    return .success(())
                } catch let failure as ExchangeFailure {
                    return .failure(failure)
                } catch {
                    return .failure(silence.hasExpired ? .silent(silence.allowed) : ExchangeFailure(error))
                }
            }
            var outcome: Result<Void, ExchangeFailure> = .failure(.unfinished)
            for await result in group {
                group.cancelAll()
                if let result { outcome = result }
            }
            return outcome
        }
    }

    /// Reads a refusal's body as far as it may matter; one that breaks off is read as far as it came.
    static func refusal(
        _ response: HTTPClientResponse, headers: [String: String], silence: SilenceTimer
    ) async -> ExchangeFailure {
        var body: [UInt8] = []
        silence.heard(nextWithin: graceAfterEnd)
        do {
            for try await bytes in response.body {
                body += bytes.readableBytesView.prefix(maximumErrorSize - body.count)
                if body.count == maximumErrorSize { break }
            }
        } catch {
            // The status says enough.
        }
        return .refused(
            status: Int(response.status.code), UpstreamFailure(body: body), headers: headers, body: body)
    }

    static func lowercased(_ headers: HTTPHeaders) -> [String: String] {
        Dictionary(headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

extension ChatExchange {
    /// The stream that the caller reads.
    final class Output: Sendable {
        private let continuation: ModelStream.Continuation
        private let begun = Mutex(false)

        init(_ continuation: ModelStream.Continuation) { self.continuation = continuation }

        /// Whether the caller was given anything: from then on there is no other attempt.
        var hasBegun: Bool { begun.withLock { $0 } }

        func yield(_ events: [ModelEvent]) {
            guard !events.isEmpty else { return }
            begun.withLock { $0 = true }
            for event in events { continuation.yield(event) }
        }

        func finish(throwing error: (any Error)? = nil) { continuation.finish(throwing: error) }
    }
}
