// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import HTTPTypes
import Hummingbird
import NIOCore

/// Looks at something when metrics are scraped, and sets what it saw.
///
/// For what changes without anybody counting: pools, sizes, memory.
public protocol MetricsCollector: Sendable {
    func collect() async
}

/// `GET /metrics`: a registry, what is looked at with each scrape, and who may ask.
public struct MetricsEndpoint: Sendable {
    /// Who may read the metrics.
    public enum Access: String, Sendable, CaseIterable {
        /// Everybody, as with the health routes.
        case open
        /// Whoever may call the API.
        case callers
        /// Nobody: there is no such route.
        case off
    }

    public let registry: PrometheusRegistry
    let collectors: [any MetricsCollector]
    let access: Access

    public init(registry: PrometheusRegistry, collectors: [any MetricsCollector] = [], access: Access = .open) {
        self.registry = registry
        self.collectors = collectors + [ProcessCollector(registry: registry)]
        self.access = access
    }

    /// How long a scrape waits for those who look. What comes later counts for the next one.
    private static let deadline = Duration.seconds(3)

    func scrape() async -> Response {
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        // Not a child of the request: a store that hangs must not hold the answer.
        Task { [collectors] in
            await withTaskGroup { group in
                for collector in collectors { group.addTask { await collector.collect() } }
            }
            continuation.yield()
        }
        let timeout = Task {
            try await Task.sleep(for: Self.deadline)
            continuation.yield()
        }
        _ = await ends.first { _ in true }
        timeout.cancel()
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: registry.text())))
    }
}
