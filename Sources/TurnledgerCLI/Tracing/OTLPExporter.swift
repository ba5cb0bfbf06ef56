// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import Tracing
import TurnledgerServer
import TurnledgerStore

/// Sends spans to a collector over OTLP/HTTP in JSON, in batches, beside everything else.
///
/// What a collector cannot take now (429, 502, 503, 504, no connection) is sent again, later each time, and given up after a
/// few attempts; what it refuses is given up at once. A stop sends what is left, for a few seconds.
final class OTLPExporter: Service {
    private let settings: TracingSettings
    private let queue: SpanQueue
    private let encoding: OTLPEncoding
    private let http: HTTPClient
    private let logger: Logger
    private let timing: Timing
    /// Whether the last export failed: only changes are logged.
    private let isFailing = Mutex(false)

    struct Timing: Sendable {
        var interval = Duration.seconds(1)
        var firstWait = Duration.seconds(1)
        var attempts = 5
        var deadline = Duration.seconds(10)
        /// How long the last spans may take when the process stops.
        var stopDeadline = Duration.seconds(5)
    }

    private static let batchSize = 512

    init(_ settings: TracingSettings, queue: SpanQueue, timing: Timing = Timing(), logger: Logger) {
        self.settings = settings
        self.queue = queue
        self.timing = timing
        self.logger = logger
        encoding = OTLPEncoding(
            resource: [
                "service.name": .string(settings.serviceName), "service.version": .string(TurnledgerVersion.current),
                "service.instance.id": .string(UniqueID.random()), "telemetry.sdk.language": "swift",
                "telemetry.sdk.name": "turnledger", "telemetry.sdk.version": .string(TurnledgerVersion.current),
            ], version: TurnledgerVersion.current)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: nil))
        // Its own requests are no part of any trace.
        configuration.tracing.tracer = nil
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// For an exporter that never ran, such as where the store cannot be opened.
    deinit { http.shutdown { _ in } }

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.exportUntilCancelled() }
        // A cancelled Swift task could send nothing more.
        await Task { await self.exportRest() }.value
        try? await http.shutdown()
    }

    private func exportUntilCancelled() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: timing.interval)
            while !Task.isCancelled, let batch = queue.take(Self.batchSize) { await deliver(batch) }
        }
    }

    private func exportRest() async {
        let end = ContinuousClock.now + timing.stopDeadline
        while let batch = queue.take(Self.batchSize) {
            let left = end - .now
            guard left > .zero, case .taken(let refused) = await send(batch, within: left) else {
                queue.haveFailed(batch.count)
                break
            }
            queue.wereExported(batch.count, but: refused)
        }
        queue.dropAll()
    }

    /// What a collector makes of a batch.
    private enum Outcome {
        /// It took all but so many.
        case taken(refused: Int)
        /// It may take it later.
        case postponed(reason: String)
        case refused(reason: String)
    }

    private func deliver(_ batch: [FinishedSpan]) async {
        var wait = timing.firstWait
        for attempt in 1...timing.attempts {
            switch await send(batch, within: timing.deadline) {
            case .taken(let refused):
                queue.wereExported(batch.count, but: refused)
                note(nil)
                return
            case .refused(let reason):
                queue.haveFailed(batch.count)
                note(reason)
                return
            case .postponed(let reason):
                guard !Task.isCancelled else { return queue.putBack(batch) }
                note(reason)
                guard attempt < timing.attempts else { break }
                guard (try? await Task.sleep(for: wait)) != nil else { return queue.putBack(batch) }
                wait *= 2
            }
        }
        queue.haveFailed(batch.count)
    }

    private func send(_ batch: [FinishedSpan], within limit: Duration) async -> Outcome {
        var request = HTTPClientRequest(url: settings.url)
        request.method = .POST
        request.headers = ["Content-Type": "application/json", "User-Agent": "turnledger"]
        for (name, value) in settings.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: encoding.body(of: batch)))
        do {
            let response = try await http.execute(request, timeout: TimeAmount(limit))
            let body = try await response.body.collect(upTo: 1 << 20)
            switch response.status.code {
            case 200..<300: return .taken(refused: min(batch.count, Self.refused(in: Array(body.readableBytesView))))
            case 429, 502, 503, 504: return .postponed(reason: "status \(response.status.code)")
            default: return .refused(reason: "status \(response.status.code)")
            }
        } catch {
            return .postponed(reason: String(reflecting: type(of: error)))
        }
    }

    /// How many spans a collector says that it has not taken: `{"partialSuccess": {"rejectedSpans": "2"}}`.
    private static func refused(in body: [UInt8]) -> Int {
        let count = (try? JSONValue.parse(body))?["partialSuccess"]?["rejectedSpans"]
        return count?.integer.map { Int(clamping: $0) } ?? count?.string.flatMap { Int($0) } ?? 0
    }

    /// Logs where exports begin to fail, and where they go on again.
    private func note(_ failure: String?) {
        let hasChanged = isFailing.withLock { isFailing in
            defer { isFailing = failure != nil }
            return isFailing != (failure != nil)
        }
        guard hasChanged else { return }
        if let failure {
            logger.warning("Spans cannot be exported", metadata: ["reason": "\(failure)"])
        } else {
            logger.notice("Spans are exported again")
        }
    }
}
