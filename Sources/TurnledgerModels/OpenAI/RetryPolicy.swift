// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Decides whether a request that failed before its first token is sent again, and when.
///
/// The rules are those of OpenAI's own clients: `x-should-retry` decides where it is sent; else 408, 409, 429, 500 and
/// above and broken connections are tried again. The wait is what `retry-after-ms` or `retry-after` say (seconds or an
/// HTTP date) where that is 0 to 60 s; else 2 s, doubled each time, less up to a quarter at random. A used-up quota, a
/// conversation that is too long, a refused key and a path that does not exist are never tried again.
struct RetryPolicy: Sendable {
    /// How often a request is sent again.
    var maximumRetries = 2
    var firstDelay = Duration.seconds(2)
    var longestAcceptedDelay = Duration.seconds(60)

    /// What failed.
    enum Failure {
        /// The connection could not be made, or broke.
        case connection
        /// The endpoint answered with a failure; `status` may come from inside a stream.
        case answer(status: Int, UpstreamFailure, headers: [String: String])
    }

    /// Returns how long to wait before the next attempt; `nil`: there is none.
    ///
    /// - `retries`: How many retries there were.
    /// - `jitter`: A random number in 0..<1.
    func delay(after failure: Failure, retries: Int, now: Timestamp, jitter: Double) -> Duration? {
        guard retries < maximumRetries else { return nil }
        let ownDelay = firstDelay * (Double(1 << min(retries, 16)) * (1 - jitter / 4))
        guard case .answer(let status, let failure, let headers) = failure else { return ownDelay }
        if failure.isQuotaExhausted || status == 401 || status == 404 { return nil }
        if let code = failure.knownCode, code == .contextTooLong || code == .contentFiltered { return nil }
        switch headers["x-should-retry"]?.lowercased() {
        case "true": break
        case "false": return nil
        default:
            guard status == 408 || status == 409 || status == 429 || status >= 500 else { return nil }
        }
        if let asked = Self.requestedDelay(headers, now: now), asked >= .zero, asked <= longestAcceptedDelay {
            return asked
        }
        return ownDelay
    }

    static func requestedDelay(_ headers: [String: String], now: Timestamp) -> Duration? {
        if let text = headers["retry-after-ms"], let milliseconds = number(text) {
            return .seconds(milliseconds / 1000)
        }
        guard let text = headers["retry-after"] else { return nil }
        if let seconds = number(text) { return .seconds(seconds) }
        return HTTPDate.parse(text).map { .microseconds($0.microseconds - now.microseconds) }
    }

    private static func number(_ text: String) -> Double? {
        let trimmed = text.filter { !$0.isWhitespace }
        guard let first = trimmed.first, first.isNumber || first == "-" || first == "." else { return nil }
        return Double(trimmed).flatMap { abs($0) < 1e9 ? $0 : nil }
    }
}

/// Reads the dates of HTTP headers in all three forms of RFC 9110, section 5.6.7.
enum HTTPDate {
    static func parse(_ text: String) -> Timestamp? {
        var numbers: [Int64] = []
        var month: Int64?
        var time: [Int64]?
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" }) {
            if word.contains(":") {
                let parts = word.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
                guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2],
                    (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
                else { return nil }
                time = [hour, minute, second]
            } else if let number = Int64(word) {
                numbers.append(number)
            } else if let index = months.firstIndex(of: word.lowercased()) {
                month = Int64(index) + 1
            }
        }
        guard let month, let time, numbers.count == 2 else { return nil }
        var (day, year) = (numbers[0], numbers[1])
        // Two digits are RFC 850's: this century up to 2069.
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        guard (1...31).contains(day), (1970...9999).contains(year) else { return nil }
        day = days(year: year, month: month, day: day)
        return Timestamp(microseconds: (day * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]) * 1_000_000)
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Days since 1970-01-01 (proleptic Gregorian calendar, years that begin in March).
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
