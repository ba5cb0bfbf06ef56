// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// The values of one metric under one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// - Parameter labels: As they stand between braces; empty: none.
    func write(_ name: String, labels: String, to text: inout String)
}

extension MetricSeries {
    fileprivate func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }
}

/// Counts whole things.
final class CounterSeries: MetricSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, labels: String, to text: inout String) {
        text += line(name, labels, "\(value.load(ordering: .relaxed))")
    }
}

/// A number that is set, or added to.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler, FloatingPointCounterHandler {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { set(0.0) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, found) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = found
        }
    }

    func write(_ name: String, labels: String, to text: inout String) {
        text += line(name, labels, MetricNumber.text(Double(bitPattern: bits.load(ordering: .relaxed))))
    }
}

/// Counts observations by size; those of timers in seconds.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
    private struct State {
        /// One for each bound, and one beyond the last.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // Few bounds, and most values among the first: cheaper than halving.
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func write(_ name: String, labels: String, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let prefix = labels.isEmpty ? "" : labels + ","
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, counts) {
            total += count
            text += line("\(name)_bucket", "\(prefix)le=\"\(MetricNumber.text(bound))\"", "\(total)")
        }
        total += counts[bounds.count]
        text += line("\(name)_bucket", "\(prefix)le=\"+Inf\"", "\(total)")
        text += line("\(name)_sum", labels, MetricNumber.text(sum))
        text += line("\(name)_count", labels, "\(total)")
    }
}

enum MetricNumber {
    /// As Go's parser reads it, without a needless `.0`.
    static func text(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}
