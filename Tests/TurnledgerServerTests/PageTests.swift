// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerServer

@Suite("The page")
struct PageTests {
    @Test(
        "is served to everybody, with nothing from elsewhere and nothing inline",
        arguments: ["", "page.css", "page.js", "common.js"])
    func served(path: String) async throws {
        let settings = ServerSettings(
            access: .required(tokens: [BearerToken("secret-token-of-the-tests", owner: "a")], proxy: nil))
        try await ServerFixture(settings: settings).test { client in
            let response = try await client.get("/\(path)")
            #expect(response.status == .ok)
            let policy = response.headers[.contentSecurityPolicy] ?? ""
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self';"))
            #expect(!policy.contains("unsafe"))
            #expect(response.headers[.xContentTypeOptions] == "nosniff")
            #expect(!response.text.contains("http://") && !response.text.contains("https://"))
            #expect(!response.text.contains("innerHTML"))
            #expect(!response.text.contains("<script>") && !response.text.contains("style=\""))
        }
    }
}
