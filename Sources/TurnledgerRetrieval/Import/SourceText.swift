// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// A regulation as a reader found it, before it is cut into clauses.
struct SourceText: Hashable, Sendable {
    enum Block: Hashable, Sendable {
        /// The level is 1 for the outermost.
        case heading(level: Int, String)
        case paragraph(String)
    }

    var metadata = SourceMetadata()
    var blocks: [Block] = []
}

/// What a file says about the regulation in it.
struct SourceMetadata: Hashable, Sendable {
    var id: String?
    var title: String?
    var language: String?
    var status: RegulationStatus?
    var effectiveFrom: String?
    var effectiveUntil: String?

    /// Takes in one `key: value`; returns whether the key is one that is understood.
    ///
    /// Keys are compared without case; `_`, `-` and spaces are alike.
    mutating func set(_ key: String, _ value: String) throws(RegulationError) -> Bool {
        let value = value.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\"'")))
        let key = key.trimmingCharacters(in: .whitespaces).lowercased()
            .replacingOccurrences(of: "-", with: "_").replacingOccurrences(of: " ", with: "_")
        switch key {
        case "document", "id", "code", "number", "编号", "文号", "标准号": id = value
        case "title", "name", "标题", "名称": title = value
        case "language", "lang", "语言": language = Self.language(value)
        case "status", "状态", "效力", "时效性": status = Self.status(value)
        case "effective", "effective_from", "effective_date", "from", "in_force_from", "生效日期", "施行日期", "实施日期":
            effectiveFrom = try Self.date(value)
        case "effective_until", "expires", "until", "repealed_on", "废止日期", "失效日期":
            effectiveUntil = try Self.date(value)
        default: return false
        }
        return true
    }

    /// `zh-CN`, `Chinese` and `中文` are `zh`.
    static func language(_ text: String) -> String {
        let word = text.lowercased().split { !$0.isLetter }.first.map(String.init) ?? text.lowercased()
        let names = [
            "english": "en", "eng": "en", "chinese": "zh", "chi": "zh", "zho": "zh", "cn": "zh", "中文": "zh", "汉语": "zh",
        ]
        return names[word] ?? word
    }

    /// The publishers' words for the four that a filter knows; any other word stays as it is.
    static func status(_ text: String) -> RegulationStatus {
        switch text.trimmingCharacters(in: .whitespaces).lowercased() {
        case "in force", "current", "active", "effective", "valid", "in_force", "现行", "现行有效", "有效", "施行中": .current
        case "superseded", "replaced", "historical", "amended", "历史版本", "已被修改", "被代替", "已修订": .superseded
        case "repealed", "withdrawn", "abolished", "revoked", "no longer in force", "已废止", "废止", "失效", "已失效": .repealed
        case "draft", "proposed", "proposal", "草案", "征求意见稿", "尚未生效": .draft
        case let other: RegulationStatus(rawValue: other)
        }
    }

    /// Understands `2024-07-01`, `2024/7/1`, `2024年7月1日`, and whatever begins like the first.
    /// - Throws: `.invalid` for anything else but nothing.
    static func date(_ text: String) throws(RegulationError) -> String? {
        guard !text.isEmpty, text.lowercased() != "null" else { return nil }
        let parts = text.split { !$0.isASCII || !$0.isNumber }.prefix(3).compactMap { Int($0) }
        guard parts.count == 3, (1000...9999).contains(parts[0]), (1...12).contains(parts[1]),
            (1...31).contains(parts[2])
        else { throw RegulationError(.invalid, "The date \"\(text)\" is not one. Write it as 2024-07-01.") }
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts[0])-\(padded(parts[1]))-\(padded(parts[2]))"
    }
}
