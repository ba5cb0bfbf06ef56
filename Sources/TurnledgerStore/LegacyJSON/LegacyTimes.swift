// Turnledger. SPDX-License-Identifier: Apache-2.0

/// `datetime` in envelopes.
enum LegacyTimes {
    static let classes: [String: LegacyClass] = [
        "datetime.date": LegacyClass(object: date), "datetime.datetime": LegacyClass(object: datetime),
        "datetime.time": LegacyClass(object: time), "datetime.timedelta": LegacyClass(object: timedelta),
        "datetime.timezone": LegacyClass(object: timezone),
    ]

    @Sendable private static func date(_ arguments: LegacyArguments) -> PayloadExt? {
        guard let all = numbers(arguments, ["year", "month", "day"], required: 3), isDate(all[0], all[1], all[2]) else {
            return nil
        }
        return LegacyClass.positional("datetime", "date", all.map { .integer($0) })
    }

    /// A text, which `fromisoformat` took, is nothing that the constructor takes.
    @Sendable private static func datetime(_ arguments: LegacyArguments) -> PayloadExt? {
        let names = ["year", "month", "day", "hour", "minute", "second", "microsecond"]
        guard let all = numbers(arguments, names, required: 3), isDate(all[0], all[1], all[2]), isTime(all[3...]) else {
            return nil
        }
        var text = "\(digits(all[0], 4))-\(digits(all[1], 2))-\(digits(all[2], 2))"
        text += "T\(digits(all[3], 2)):\(digits(all[4], 2)):\(digits(all[5], 2))"
        if all[6] > 0 { text += ".\(digits(all[6], 6))" }
        return LangGraphExt.datetime(text)
    }

    @Sendable private static func time(_ arguments: LegacyArguments) -> PayloadExt? {
        let names = ["hour", "minute", "second", "microsecond"]
        guard let bound = arguments.bound(to: names + ["tzinfo", "fold"]) else { return nil }
        var (fields, parts) = (PayloadMap(), [Int64]())
        for name in names {
            guard let value = (bound[name] ?? 0).integer else { return nil }
            parts.append(value)
            fields[name] = .integer(value)
        }
        guard isTime(parts[...]) else { return nil }
        fields["tzinfo"] = bound["tzinfo"] ?? .null
        fields["fold"] = bound["fold"] ?? 0
        return LegacyClass.keywords("datetime", "time", fields)
    }

    @Sendable private static func timedelta(_ arguments: LegacyArguments) -> PayloadExt? {
        numbers(arguments, ["days", "seconds", "microseconds"], required: 0).flatMap { timedelta($0) }
    }

    @Sendable private static func timezone(_ arguments: LegacyArguments) -> PayloadExt? {
        guard let all = arguments.bound(to: ["offset", "name"]), let offset = all["offset"]?.ext else { return nil }
        var parts: [PayloadValue] = [.ext(offset)]
        if let name = all["name"] { parts.append(name) }
        return LegacyClass.positional("datetime", "timezone", parts)
    }

    private static func numbers(_ arguments: LegacyArguments, _ names: [String], required: Int) -> [Int64]? {
        guard let all = arguments.bound(to: names) else { return nil }
        var result: [Int64] = []
        for (index, name) in names.enumerated() {
            let value = all[name]
            guard value != nil || index >= required, let number = (value ?? 0).integer else { return nil }
            result.append(number)
        }
        return result
    }

    /// Carries as Python does: microseconds and seconds from 0 on, days take the sign.
    private static func timedelta(_ parts: [Int64]) -> PayloadExt? {
        let (carried, microseconds) = floorDivide(parts[2], 1_000_000)
        let (total, overflows) = parts[1].addingReportingOverflow(carried)
        let (days, seconds) = floorDivide(total, 86_400)
        let (allDays, overflow) = parts[0].addingReportingOverflow(days)
        guard !overflows, !overflow, allDays.magnitude <= 999_999_999 else { return nil }
        return LegacyClass.positional(
            "datetime", "timedelta", [.integer(allDays), .integer(seconds), .integer(microseconds)])
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    private static func isDate(_ year: Int64, _ month: Int64, _ day: Int64) -> Bool {
        guard (1...9999).contains(year), (1...12).contains(month) else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month) - 1]
        return (1...Int64(days)).contains(day)
    }

    private static func isTime(_ parts: ArraySlice<Int64>) -> Bool {
        zip(parts, [24, 60, 60, 1_000_000]).allSatisfy { (0..<$1).contains($0) }
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
