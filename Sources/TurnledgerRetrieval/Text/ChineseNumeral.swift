// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Reads and writes Chinese numerals up to 9,999: `第一百二十条` is article 120.
enum ChineseNumeral {
    private static let digits: [Character: Int] = [
        "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    ]
    private static let units: [Character: Int] = ["十": 10, "百": 100, "千": 1000]

    /// Every character that a numeral can have.
    static func isNumeral(_ character: Character) -> Bool { digits[character] != nil || units[character] != nil }

    /// Returns the number, or `nil` for text that is no numeral; both `一百二十` and `一二〇` are understood.
    static func value(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.count <= 9, text.allSatisfy(isNumeral) else { return nil }
        if text.allSatisfy({ digits[$0] != nil }) {
            return text.reduce(0) { $0 * 10 + digits[$1]! }
        }
        var total = 0
        var digit: Int?
        for character in text {
            if let unit = units[character] {
                total += (digit ?? 1) * unit
                digit = nil
            } else {
                digit = digits[character]
            }
        }
        return total + (digit ?? 0)
    }

    /// Writes a number from 1 to 9,999: 12 is `十二`, 120 `一百二十`, 105 `一百零五`.
    static func text(_ number: Int) -> String? {
        guard (1...9999).contains(number) else { return nil }
        let names = Array("零一二三四五六七八九")
        var text = ""
        var pendingZero = false
        for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
            let digit = number / unit % 10
            if digit == 0 {
                pendingZero = !text.isEmpty
                continue
            }
            if pendingZero { text.append("零") }
            pendingZero = false
            if !(digit == 1 && unit == 10 && text.isEmpty) { text.append(names[digit]) }
            text += name
        }
        return text
    }
}
