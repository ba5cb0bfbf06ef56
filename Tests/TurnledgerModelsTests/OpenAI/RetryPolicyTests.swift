// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerModels

@Suite("Retries")
struct RetryPolicyTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    private static let now = Timestamp(microseconds: 784_111_777_000_000)

    private func delay(
        _ status: Int, _ failure: UpstreamFailure = .init(), headers: [String: String] = [:], retries: Int = 0,
        jitter: Double = 0
    ) -> Duration? {
        RetryPolicy().delay(
            after: .answer(status: status, failure, headers: headers), retries: retries, now: Self.now, jitter: jitter)
    }

    @Test("408, 409, 429, 500 and above are tried again", arguments: [408, 409, 429, 500, 502, 503, 504, 529])
    func retried(_ status: Int) {
        #expect(delay(status) == .seconds(2))
    }

    @Test("other statuses are not", arguments: [301, 400, 401, 403, 404, 413, 422])
    func notRetried(_ status: Int) {
        #expect(delay(status) == nil)
    }

    @Test("broken connections are")
    func connection() {
        let policy = RetryPolicy()
        #expect(policy.delay(after: .connection, retries: 1, now: Self.now, jitter: 0) == .seconds(4))
        #expect(policy.delay(after: .connection, retries: 2, now: Self.now, jitter: 0) == nil)
    }

    @Test("the wait doubles, and jitter takes up to a quarter")
    func backoff() {
        #expect(delay(500, retries: 1) == .seconds(4))
        #expect(delay(500, retries: 2) == nil)
        #expect(delay(500, jitter: 0.5) == .milliseconds(1750))
    }

    @Test("a used-up quota, a long conversation and a filtered prompt are never tried again")
    func never() {
        #expect(delay(429, UpstreamFailure(code: "insufficient_quota"), headers: ["x-should-retry": "true"]) == nil)
        #expect(delay(429, UpstreamFailure(type: "insufficient_quota"), headers: ["retry-after": "1"]) == nil)
        #expect(delay(500, UpstreamFailure(code: "context_length_exceeded")) == nil)
        #expect(delay(400, UpstreamFailure(code: "content_filter"), headers: ["x-should-retry": "true"]) == nil)
        #expect(delay(401, headers: ["x-should-retry": "true"]) == nil)
        #expect(delay(404, headers: ["x-should-retry": "true"]) == nil)
    }

    @Test("x-should-retry decides where it is sent")
    func shouldRetry() {
        #expect(delay(400, headers: ["x-should-retry": "true"]) == .seconds(2))
        #expect(delay(500, headers: ["x-should-retry": "false"]) == nil)
    }

    @Test(
        "retry-after-ms comes first, then retry-after in seconds, whole or not",
        arguments: [
            (["retry-after-ms": "1500", "retry-after": "9"], Duration.milliseconds(1500)),
            (["retry-after": "7"], .seconds(7)), (["retry-after": "0.5"], .milliseconds(500)),
            (["retry-after": "0"], .zero), (["retry-after": "60"], .seconds(60)),
            (["retry-after": "61"], .seconds(2)), (["retry-after": "-1"], .seconds(2)),
            (["retry-after": "soon"], .seconds(2)), (["retry-after-ms": "nan", "retry-after": "3"], .seconds(3)),
            (["retry-after": "inf"], .seconds(2)),
        ])
    func retryAfter(_ headers: [String: String], _ expected: Duration) {
        #expect(delay(429, headers: headers) == expected)
    }

    @Test(
        "retry-after may be a date",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:47 GMT", Duration.seconds(10)), ("Sunday, 06-Nov-94 08:49:47 GMT", .seconds(10)),
            ("Sun Nov  6 08:49:47 1994", .seconds(10)), ("Sun, 06 Nov 1994 08:49:30 GMT", .seconds(2)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", .seconds(2)), ("Sun, 06 Foo 1994 08:49:47 GMT", .seconds(2)),
            ("Sun, 06 Nov 1994 25:49:47 GMT", .seconds(2)),
        ])
    func retryAfterDate(_ text: String, _ expected: Duration) {
        #expect(delay(503, headers: ["retry-after": text]) == expected)
    }

    @Test(
        "HTTP dates are right around leap days",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Int64(0)), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Thu, 31 Dec 2026 23:59:59 GMT", 1_798_761_599),
        ])
    func dates(_ text: String, _ seconds: Int64) {
        #expect(HTTPDate.parse(text) == Timestamp(microseconds: seconds * 1_000_000))
    }
}
