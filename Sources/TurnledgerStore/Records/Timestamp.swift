// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A moment in UTC, exact to the microsecond.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// As Python's `datetime.isoformat()` prints it: `2026-11-23T15:35:12.264207+00:00`, without a fraction where it is 0.
    public var description: String {
        let (seconds, fraction) = microseconds.flooredDivision(by: 1_000_000)
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let (year, month, day) = Self.civil(days)
        var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
        text += "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
        if fraction != 0 { text += "." + Self.padded(fraction, 6) }
        return text + "+00:00"
    }

    /// As `description`, with `Z` for the zone and always three digits of fraction: what browsers parse.
    public var rfc3339: String {
        let whole = Timestamp(microseconds: microseconds - microseconds.flooredDivision(by: 1_000_000).remainder)
        let millis = microseconds.flooredDivision(by: 1_000_000).remainder / 1000
        return whole.description.dropLast(6) + "." + Self.padded(millis, 3) + "Z"
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds + duration.microseconds)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// The date `days` after 1970-01-01 (proleptic Gregorian calendar; the era method of Howard Hinnant's
    /// "chrono-Compatible Low-Level Date Algorithms").
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Tells the time; a parameter wherever time matters, so that tests set it.
public protocol WallClock: Sendable {
    /// Returns the time, which may stand still or go back.
    func now() -> Timestamp
}
