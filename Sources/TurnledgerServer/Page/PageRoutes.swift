// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /`, `/page.css`, `/page.js`: a chat page for people who try the service out; `/stats`, `/stats.js`: what
/// conversations were and cost, as plots; `/common.js`: what their scripts share. They use the routes that every client
/// uses, and need nothing from elsewhere.
struct PageRoutes: Sendable {
    /// Only what this server sends is run, shown or called.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    func html() -> Response { response(PackageResources.page_html, "text/html; charset=utf-8") }
    func style() -> Response { response(PackageResources.page_css, "text/css; charset=utf-8") }
    func script() -> Response { response(PackageResources.page_js, "text/javascript; charset=utf-8") }

    /// What both scripts import.
    func commonScript() -> Response { response(PackageResources.common_js, "text/javascript; charset=utf-8") }

    func statistics() -> Response { response(PackageResources.stats_html, "text/html; charset=utf-8") }
    func statisticsScript() -> Response { response(PackageResources.stats_js, "text/javascript; charset=utf-8") }

    private func response(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
                .xContentTypeOptions: "nosniff", HTTPField.Name("referrer-policy")!: "no-referrer",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
