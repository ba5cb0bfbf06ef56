// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a metric is: the line of `docs/metrics.md`, and the comment above its values in a scrape.
public struct MetricDescription: Hashable, Sendable {
    /// How values behave, in Prometheus's words.
    public enum Kind: String, Sendable {
        /// Only grows, and begins at 0 with the process.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations by size.
        case histogram
    }

    /// With its unit at the end, as Prometheus's conventions have it.
    public var name: String
    public var kind: Kind
    /// What a value counts: `seconds`, `bytes`, `runs`, …
    public var unit: String
    /// The labels' names.
    public var labels: [String]
    /// One sentence.
    public var meaning: String
    /// Upper bounds of a histogram's buckets, ascending, without the infinite one.
    public var buckets: [Double]
    /// Which servers have it; empty: all.
    public var condition: String

    public init(
        _ name: String, _ kind: Kind, unit: String, labels: [String] = [], _ meaning: String,
        buckets: [Double] = MetricDescription.latencies, condition: String = ""
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.meaning = meaning
        self.buckets = kind == .histogram ? buckets : []
        self.condition = condition
    }

    /// From half a millisecond to half a minute: what the store and requests take.
    public static let latencies = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    /// From ten milliseconds to ten minutes: what models, tools and turns take.
    public static let durations = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]
}
