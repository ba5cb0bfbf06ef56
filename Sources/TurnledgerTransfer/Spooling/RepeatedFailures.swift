// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Failures that come again and again while their cause lasts: each kind is told once a minute.
struct RepeatedFailures {
    private var told: [StoreError.Code: (at: ContinuousClock.Instant, untold: Int)] = [:]
    private static let pause = Duration.seconds(60)

    /// Notes a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - now: The time.
    /// - Returns: How many of its kind were not told since the last one that was; `nil`: this one is not to be told either.
    mutating func tell(_ code: StoreError.Code, at now: ContinuousClock.Instant) -> Int? {
        if let last = told[code], now - last.at < Self.pause {
            told[code]?.untold += 1
            return nil
        }
        let untold = told[code]?.untold ?? 0
        told[code] = (now, 0)
        return untold
    }
}
