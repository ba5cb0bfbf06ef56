// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Foundation

/// Looks at the process itself, where `/proc` tells of it (proc(5)).
struct ProcessCollector: MetricsCollector {
    let registry: PrometheusRegistry

    private static let start = Date().timeIntervalSince1970

    func collect() async {
        set("process_start_time_seconds", Self.start)
        #if os(Linux)
            if let fields = Self.fields(of: "/proc/self/statm"), fields.count > 1, let pages = Double(fields[1]) {
                set("process_resident_memory_bytes", pages * Double(sysconf(Int32(_SC_PAGESIZE))))
            }
            // The second field is the command in parentheses, which may hold spaces: those behind it are counted.
            if let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            {
                let fields = text[end...].split(separator: " ")
                if fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) {
                    set("process_cpu_seconds_total", (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
                }
            }
            if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                set("process_open_fds", Double(files.count))
            }
        #endif
    }

    private func set(_ name: String, _ value: Double) { Meter(label: name, factory: registry).set(value) }

    private static func fields(of path: String) -> [Substring]? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ")
    }
}
