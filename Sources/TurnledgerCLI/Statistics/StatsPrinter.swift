// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Statistics as tables for people: of this command's own, or as a server sent them.
enum StatsPrinter {
    static func text(report: JSONValue) -> String {
        let total = report["total"] ?? .null
        var lines = ["\(report["from"]?.string ?? "") to \(report["to"]?.string ?? ""), days in UTC"]
        var rows = [["day", "conversations", "turns", "failed", "tokens in", "tokens out", "p50", "p95", "p99"]]
        for day in report["days"]?.array ?? [] { rows.append(row(day["day"]?.string ?? "", day)) }
        rows.append(row("total", total))
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + space : space + text
            }
            lines.append(cells.joined(separator: "  "))
        }
        lines += list("Tools", total["tools"]?.object) { tool in
            "\(tool["calls"]?.integer ?? 0) calls, \(tool["failed"]?.integer ?? 0) failed"
        }
        lines += list("Errors", total["errors"]?.object) { "\($0.integer ?? 0)" }
        let first = total["firstTokenMilliseconds"] ?? .null
        lines.append("First token: p50 \(bound(first["p50"])), p95 \(bound(first["p95"])), p99 \(bound(first["p99"]))")
        return lines.joined(separator: "\n")
    }

    private static func row(_ name: String, _ figures: JSONValue) -> [String] {
        var cells = [name]
        for key in ["conversations", "turns"] { cells.append("\(figures[key]?.integer ?? 0)") }
        cells.append("\(figures["ends"]?["failed"]?.integer ?? 0)")
        for key in ["inputTokens", "outputTokens"] { cells.append("\(figures[key]?.integer ?? 0)") }
        for key in ["p50", "p95", "p99"] { cells.append(bound(figures["turnMilliseconds"]?[key])) }
        return cells
    }

    private static func list(_ title: String, _ object: JSONObject?, _ value: (JSONValue) -> String) -> [String] {
        guard let object, !object.isEmpty else { return [] }
        return ["\(title):"] + object.map { "  \(MessagePrinter.clean($0.key)): \(value($0.value))" }
    }

    /// `≤ 250 ms`, `≤ 5 s`.
    private static func bound(_ value: JSONValue?) -> String {
        guard let milliseconds = value?.integer else { return "-" }
        return milliseconds < 1000 ? "≤ \(milliseconds) ms" : "≤ \(Double(milliseconds) / 1000) s"
    }
}
