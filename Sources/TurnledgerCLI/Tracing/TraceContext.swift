// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing
import TurnledgerStore

/// Which trace something belongs to, and below which span: what W3C Trace Context carries from program to program.
///
/// <https://www.w3.org/TR/trace-context/>
struct TraceContext: Hashable, Sendable {
    /// The trace: 128 bits that are not all zero.
    var high: UInt64
    var low: UInt64
    /// Not zero.
    var span: UInt64
    /// Whether the trace is recorded.
    var isSampled: Bool
    /// What others keep beside it (`tracestate`); handed on as it is.
    var state: String?

    static let parentHeader = "traceparent"
    static let stateHeader = "tracestate"

    init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool, state: String? = nil) {
        self.high = high
        self.low = low
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// - Returns: `nil` for a header that is not as the standard has it: whoever gets it begins a trace of its own.
    init?(parent: String, state: String? = nil) {
        let text = parent.utf8
        guard text.count >= 55, !text.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else {
            return nil
        }
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let version = Self.number(parts[0], digits: 2), version != 0xFF,
            // A later version may have more parts.
            version > 0 || (parts.count == 4 && text.count == 55),
            parts[1].utf8.count == 32, let high = Self.number(parts[1].prefix(16), digits: 16),
            let low = Self.number(parts[1].dropFirst(16), digits: 16), high != 0 || low != 0,
            let span = Self.number(parts[2], digits: 16), span != 0, let flags = Self.number(parts[3], digits: 2)
        else { return nil }
        self.init(high: high, low: low, span: span, isSampled: flags & 1 == 1)
        if let state, state.utf8.count <= 512, state.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            self.state = state
        }
    }

    var traceID: String { Hexadecimal.text(high) + Hexadecimal.text(low) }
    var spanID: String { Hexadecimal.text(span) }
    var parent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func number(_ text: Substring, digits: Int) -> UInt64? {
        guard text.utf8.count == digits, text.utf8.first != UInt8(ascii: "+") else { return nil }
        return UInt64(text, radix: 16)
    }
}

extension TraceContext: InstrumentationContextKey {
    typealias Value = TraceContext
}

extension InstrumentationContext {
    var trace: TraceContext? {
        get { self[TraceContext.self] }
        set { self[TraceContext.self] = newValue }
    }
}
