// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Testing

@testable import TurnledgerServer

@Suite("The registry of metrics")
struct PrometheusRegistryTests {
    private static let descriptions = [
        MetricDescription("answers_total", .counter, unit: "answers", labels: ["word"], "Answers\\ given."),
        MetricDescription("depth", .gauge, unit: "entries", "How deep it is."),
        MetricDescription("wait_seconds", .histogram, unit: "seconds", "How long.", buckets: [0.1, 1]),
    ]

    @Test("writes counters, gauges and cumulative histograms in the order of their descriptions")
    func text() {
        let registry = PrometheusRegistry(descriptions: Self.descriptions)
        let timer = Timer(label: "wait_seconds", factory: registry)
        for milliseconds in [50, 100, 700, 2000] { timer.recordNanoseconds(Int64(milliseconds) * 1_000_000) }
        let depth = Meter(label: "depth", factory: registry)
        depth.set(2.5)
        depth.increment(by: 2)
        depth.decrement(by: 1)
        Counter(label: "answers_total", dimensions: [("word", "yes")], factory: registry).increment(by: 2)
        Counter(label: "answers_total", dimensions: [("word", "no")], factory: registry).increment()
        Counter(label: "answers_total", dimensions: [("word", "yes")], factory: registry).increment()
        #expect(
            registry.text() == """
                # HELP answers_total Answers\\\\ given.
                # TYPE answers_total counter
                answers_total{word="no"} 1
                answers_total{word="yes"} 3
                # HELP depth How deep it is.
                # TYPE depth gauge
                depth 3.5
                # HELP wait_seconds How long.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 2
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 2.85
                wait_seconds_count 4

                """)
    }

    @Test("escapes what would end a label's value")
    func escapes() {
        let registry = PrometheusRegistry(descriptions: [])
        Counter(label: "a_total", dimensions: [("word", "say \"\\\n\"")], factory: registry).increment()
        #expect(registry.text() == #"a_total{word="say \"\\\n\""} 1"# + "\n")
    }

    @Test("counts what many Swift tasks count at once")
    func concurrency() async {
        let registry = PrometheusRegistry(descriptions: [])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "a_total", factory: registry).increment()
                        Meter(label: "b", factory: registry).increment(by: 1)
                        Timer(label: "c_seconds", factory: registry).recordNanoseconds(1)
                    }
                }
            }
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.contains("a_total 8000"))
        #expect(lines.contains("b 8000"))
        #expect(lines.contains("c_seconds_count 8000"))
    }

    @Test("of one server knows nothing of another's")
    func apart() {
        let registry = PrometheusRegistry()
        Counter(label: "turnledger_supersteps_total", factory: registry).increment()
        #expect(PrometheusRegistry().text().isEmpty)
    }

    @Test("describes each metric once, under a name that says its kind and unit")
    func names() {
        let all = MetricDescription.all
        #expect(Set(all.map(\.name)).count == all.count)
        for metric in all {
            #expect(metric.kind != .counter || metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.kind == .counter || !metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.unit != "seconds" || metric.name.contains("_seconds"), "\(metric.name)")
            #expect(metric.unit != "bytes" || metric.name.hasSuffix("_bytes"), "\(metric.name)")
            #expect(metric.buckets == metric.buckets.sorted())
            #expect(metric.meaning.hasSuffix("."), "\(metric.name)")
        }
    }
}
