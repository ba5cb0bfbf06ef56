// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// The stores that a benchmark runs on, each new and gone afterwards.
enum BenchStore: String, CaseIterable {
    case inMemory = "memory"
    case sqlite

    /// Opens the store and lends it.
    func withStore(_ body: (any ConversationStore) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-bench-\(UniqueID.random())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = self == .inMemory ? "memory:" : "sqlite:\(folder.path())/bench.sqlite"
        try await body(try await StoreOpener.open(ConfigurationValues(flags: ["store": url])))
    }
}

/// One line of a benchmark's table.
struct BenchRow {
    let name: String
    let figures: [(String, Double)]

    func print(asJSON: Bool) {
        if asJSON {
            var object: JSONObject = ["name": .string(name)]
            for (figure, value) in figures { object[figure] = .double(value) }
            Swift.print(JSONValue.object(object).text)
        } else {
            let columns = figures.map { name, value in
                "\(name) \(value.formatted(.number.precision(.significantDigits(3))))"
            }
            Swift.print(
                name.padding(toLength: max(40, name.count + 2), withPad: " ", startingAt: 0)
                    + columns.joined(separator: "   "))
        }
    }
}

/// What a load did, and what it cost this process.
struct Measurement {
    /// In seconds, sorted.
    let latencies: [Double]
    let seconds: Double
    let cpuSeconds: Double

    /// Runs a load that returns how long each of its calls took, in seconds.
    init(of load: () async throws -> [Double]) async rethrows {
        let (cpu, begun) = (ProcessUsage.cpuSeconds, ContinuousClock.now)
        latencies = try await load().sorted()
        seconds = (ContinuousClock.now - begun).seconds
        cpuSeconds = ProcessUsage.cpuSeconds - cpu
    }

    /// - Parameters:
    ///   - unit: What was counted: a turn, a call.
    ///   - part: The part of a second in which CPU is told: `ms` or `us`.
    func figures(per unit: String, cpuIn part: (name: String, inSecond: Double)) -> [(String, Double)] {
        let count = Double(latencies.count)
        return [
            ("\(unit)s/s", count / seconds), ("p50 ms", latencies.percentile(0.5) * 1000),
            ("p95 ms", latencies.percentile(0.95) * 1000),
            ("CPU \(part.name)/\(unit)", cpuSeconds * part.inSecond / count),
        ]
    }
}

/// What the process has used.
enum ProcessUsage {
    /// User and system time together.
    static var cpuSeconds: Double {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension [Double] {
    /// The value below which this part of a sorted list lies.
    func percentile(_ part: Double) -> Double {
        isEmpty ? 0 : self[Swift.min(count - 1, Int(Double(count) * part))]
    }
}
