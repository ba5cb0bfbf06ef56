// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing
import TurnledgerStore

/// Spans as OTLP's JSON: `ExportTraceServiceRequest`, with IDs as hexadecimal digits and 64-bit numbers as text.
///
/// <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>
struct OTLPEncoding: Sendable {
    /// What all spans are of: the service, by OpenTelemetry's names.
    let resource: SpanAttributes
    let version: String

    /// Longer texts are cut.
    private static let longestText = 1024

    func body(of spans: [FinishedSpan]) -> [UInt8] {
        let scope: JSONObject = ["name": "turnledger", "version": .string(version)]
        let scoped: JSONObject = ["scope": .object(scope), "spans": .array(spans.map(Self.json))]
        let resourceSpans: JSONObject = [
            "resource": .object(["attributes": Self.attributes(resource)]), "scopeSpans": [.object(scoped)],
        ]
        return JSONValue.object(["resourceSpans": [.object(resourceSpans)]]).serialized()
    }

    private static func json(_ span: FinishedSpan) -> JSONValue {
        var json: JSONObject = [
            "traceId": .string(span.context.traceID), "spanId": .string(span.context.spanID),
            "flags": .integer(span.context.isSampled ? 1 : 0), "name": .string(cut(span.name)),
            "kind": .integer(number(of: span.kind)), "startTimeUnixNano": .string(String(span.start)),
            "endTimeUnixNano": .string(String(span.end)), "attributes": attributes(span.attributes),
        ]
        if let parent = span.parent { json["parentSpanId"] = .string(Hexadecimal.text(parent)) }
        if let state = span.context.state { json["traceState"] = .string(state) }
        if !span.events.isEmpty {
            json["events"] = .array(
                span.events.map { event in
                    [
                        "timeUnixNano": .string(String(event.nanosecondsSinceEpoch)), "name": .string(cut(event.name)),
                        "attributes": attributes(event.attributes),
                    ]
                })
        }
        let links = span.links.compactMap { link in link.context.trace.map { ($0, link.attributes) } }
        if !links.isEmpty {
            json["links"] = .array(
                links.map { trace, attributes in
                    [
                        "traceId": .string(trace.traceID), "spanId": .string(trace.spanID),
                        "attributes": Self.attributes(attributes),
                    ]
                })
        }
        if let status = span.status {
            var object: JSONObject = ["code": .integer(status.code == .ok ? 1 : 2)]
            if let message = status.message { object["message"] = .string(cut(message)) }
            json["status"] = .object(object)
        }
        return .object(json)
    }

    private static func number(of kind: SpanKind) -> Int64 {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func attributes(_ attributes: SpanAttributes) -> JSONValue {
        var list: [(String, JSONValue)] = []
        attributes.forEach { name, value in list.append((name, json(value))) }
        return .array(
            list.sorted { $0.0 < $1.0 }.map { name, value in .object(["key": .string(name), "value": value]) })
    }

    private static func json(_ value: SpanAttribute) -> JSONValue {
        func array<Element>(_ values: [Element], _ json: (Element) -> JSONValue) -> JSONValue {
            .object(["arrayValue": .object(["values": .array(values.map(json))])])
        }
        switch value {
        case .int32(let value): return integer(Int64(value))
        case .int64(let value): return integer(value)
        case .double(let value): return .object(["doubleValue": .double(value)])
        case .bool(let value): return .object(["boolValue": .bool(value)])
        case .string(let value): return text(value)
        case .int32Array(let values): return array(values) { integer(Int64($0)) }
        case .int64Array(let values): return array(values, integer)
        case .doubleArray(let values): return array(values) { .object(["doubleValue": .double($0)]) }
        case .boolArray(let values): return array(values) { .object(["boolValue": .bool($0)]) }
        case .stringArray(let values): return array(values, text)
        case .stringConvertible(let value): return text("\(value)")
        case .stringConvertibleArray(let values): return array(values) { text("\($0)") }
        default: return .object([:])
        }
    }

    private static func integer(_ value: Int64) -> JSONValue { .object(["intValue": .string(String(value))]) }
    private static func text(_ value: String) -> JSONValue { .object(["stringValue": .string(cut(value))]) }
    private static func cut(_ text: String) -> String { String(text.prefix(longestText)) }
}
