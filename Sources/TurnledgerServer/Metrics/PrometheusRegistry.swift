// Turnledger. SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
import Synchronization

/// Keeps the metrics of one server and writes them in Prometheus's text format.
///
/// A factory of swift-metrics that is given to whoever counts, and not the process's global one: servers of one process,
/// such as those of tests, do not share it. Counting is an atomic addition or a few under a lock of the series' own;
/// finding the series by its labels is one look-up under the registry's lock.
///
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
public final class PrometheusRegistry: MetricsFactory {
    private let descriptions: [String: MetricDescription]
    private let order: [String]
    private let families = Mutex<[String: [String: any MetricSeries]]>([:])

    /// - Parameter descriptions: What is known of metrics: kind, meaning, buckets. One that is not among them is written
    ///   without a comment.
    public init(descriptions: [MetricDescription] = MetricDescription.all) {
        self.descriptions = Dictionary(descriptions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        order = descriptions.map(\.name)
    }

    // MARK: The factory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { CounterSeries() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions) { GaugeSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { GaugeSeries() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions) { GaugeSeries() } }
        return series(label, dimensions) { self.histogram(label) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { self.histogram(label) }
    }

    // Series live as long as the registry: a counter that went and came back would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: The text

    /// All values now, families in the order of the descriptions.
    public func text() -> String {
        let families = families.withLock { $0 }
        let unknown = families.keys.filter { descriptions[$0] == nil }.sorted()
        var text = ""
        for name in order + unknown {
            guard let family = families[name], !family.isEmpty else { continue }
            if let description = descriptions[name] {
                text += "# HELP \(name) \(description.meaning.replacing("\\", with: "\\\\"))\n"
                text += "# TYPE \(name) \(description.kind.rawValue)\n"
            }
            for (labels, series) in family.sorted(by: { $0.key < $1.key }) {
                series.write(name, labels: labels, to: &text)
            }
        }
        return text
    }

    private func histogram(_ name: String) -> HistogramSeries {
        HistogramSeries(bounds: descriptions[name]?.buckets ?? MetricDescription.latencies)
    }

    /// - Precondition: A name is used for one kind of metric only.
    private func series<Series: MetricSeries>(
        _ name: String, _ dimensions: [(String, String)], make: () -> Series
    ) -> Series {
        let labels = Self.labels(dimensions)
        return families.withLock { families in
            if let known = families[name]?[labels] {
                guard let series = known as? Series else { preconditionFailure("\(name) is two kinds of metric.") }
                return series
            }
            let made = make()
            families[name, default: [:]][labels] = made
            return made
        }
    }

    /// `a="b",c="d"` with values escaped; nothing for none.
    private static func labels(_ dimensions: [(String, String)]) -> String {
        var text = ""
        for (name, value) in dimensions {
            if !text.isEmpty { text += "," }
            text += name
            text += "=\""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "\\": text += "\\\\"
                case "\"": text += "\\\""
                case "\n": text += "\\n"
                default: text.unicodeScalars.append(scalar)
                }
            }
            text += "\""
        }
        return text
    }
}
