// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// The `tracing` block, and the variables by which OpenTelemetry's own programs are configured.
struct TracingSettings: Sendable {
    /// Where spans are sent: the collector's endpoint with `/v1/traces`.
    var url: String
    /// The collector's host and port, for the log.
    var place: String
    var serviceName: String
    /// The share of traces that are recorded.
    var sampleRatio: Double
    var headers: [String: String]

    private static let path = "/v1/traces"

    /// - Returns: `nil` where nothing is traced: no endpoint is named, or `OTEL_SDK_DISABLED` is `true`.
    init?(_ values: ConfigurationValues) throws(ConfigurationError) {
        guard let endpoint = try values.text("tracing.endpoint"), !endpoint.isEmpty else { return nil }
        if values.standardEnvironment["OTEL_SDK_DISABLED"]?.lowercased() == "true" { return nil }
        guard var components = URLComponents(string: endpoint), let scheme = components.scheme?.lowercased(),
            scheme == "http" || scheme == "https", components.host?.isEmpty == false, components.user == nil
        else {
            throw values.wrongType("tracing.endpoint", "must be a URL without a user, such as `http://127.0.0.1:4318`")
        }
        while components.percentEncodedPath.hasSuffix("/") { components.percentEncodedPath.removeLast() }
        if !components.percentEncodedPath.hasSuffix(Self.path) { components.percentEncodedPath += Self.path }
        url = components.string ?? endpoint
        place = (components.host ?? "") + (components.port.map { ":\($0)" } ?? "")
        serviceName = try values.text("tracing.service_name") ?? ""
        sampleRatio = try values.number("tracing.sample_ratio", in: 0...1) ?? 1
        headers = try values.map("tracing.headers")
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else { throw values.wrongType("tracing.headers", "has a name or a value that no header can have") }
        }
    }
}
