// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Logging
import TurnledgerStore

/// What makes a server's spans, and sends them away.
struct ServerTracing: Sendable {
    let tracer: OTLPTracer
    let exporter: OTLPExporter

    /// - Returns: `nil` where the configuration traces nothing.
    static func make(
        _ values: ConfigurationValues, measures: ServerMeasures?, logger: Logger
    ) throws(ConfigurationError) -> ServerTracing? {
        guard let settings = try TracingSettings(values) else { return nil }
        logger.info(
            "Tracing", metadata: ["collector": "\(settings.place)", "sample_ratio": "\(settings.sampleRatio)"])
        return ServerTracing(settings, factory: measures?.registry, logger: logger)
    }

    init(
        _ settings: TracingSettings, factory: (any MetricsFactory)? = nil, timing: OTLPExporter.Timing = .init(),
        logger: Logger
    ) {
        let queue = SpanQueue(factory: factory ?? NOOPMetricsHandler.instance)
        tracer = OTLPTracer(ratio: settings.sampleRatio, queue: queue)
        exporter = OTLPExporter(settings, queue: queue, timing: timing, logger: logger)
    }

    /// What the store is to tell of its round trips.
    func storeObserver(at location: StoreLocation, beside other: (any StoreObserver)? = nil) -> any StoreObserver {
        StoreObservers(all: [StoreTracing(tracer: tracer, system: location.kind)] + (other.map { [$0] } ?? []))
    }
}
