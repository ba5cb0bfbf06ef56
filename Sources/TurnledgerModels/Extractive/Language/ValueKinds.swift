// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The kinds of values that a sentence holds, or that a question asks for.
struct ValueKinds: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let person = ValueKinds(rawValue: 1 << 0)
    static let date = ValueKinds(rawValue: 1 << 1)
    static let time = ValueKinds(rawValue: 1 << 2)
    static let duration = ValueKinds(rawValue: 1 << 3)
    static let number = ValueKinds(rawValue: 1 << 4)
    static let money = ValueKinds(rawValue: 1 << 5)
    static let place = ValueKinds(rawValue: 1 << 6)
    static let measure = ValueKinds(rawValue: 1 << 7)
    static let email = ValueKinds(rawValue: 1 << 8)
    static let phone = ValueKinds(rawValue: 1 << 9)
    static let age = ValueKinds(rawValue: 1 << 10)
    static let reason = ValueKinds(rawValue: 1 << 11)
}

extension ValueKinds {
    /// Recognises values by their shape and by the concepts of the words about them.
    init(in items: [Item], table: ConceptTable = .standard) {
        self = []
        for (index, item) in items.enumerated() {
            let previous = index > 0 ? items[index - 1] : nil
            let next = index + 1 < items.count ? items[index + 1] : nil
            switch item.kind {
            case .number: formUnion(Self.number(item, previous: previous, next: next, table: table))
            case .word:
                formUnion(
                    Self.word(
                        item, previous: previous, next: next, preposition: Self.preposition(before: index, in: items),
                        table: table))
            case .han: formUnion(Self.han(item, previous: previous, next: next, table: table))
            case .mark: if Self.currencies.contains(item.form) { insert(.money) }
            }
        }
    }

    private static func number(_ item: Item, previous: Item?, next: Item?, table: ConceptTable) -> ValueKinds {
        // "一家" is an article.
        var kinds: ValueKinds = item.form == "一" ? [] : .number
        let digits = item.form.unicodeScalars.count(where: \.isASCIIDigit)
        if item.form.contains(":") { kinds.insert(.time) }
        if item.form.contains("/") || item.form.count(where: { $0 == "-" }) == 2 { kinds.insert(.date) }
        if digits >= 7, !item.form.contains(",") { kinds.insert(.phone) }
        if previous?.form == "+" { kinds.insert(.phone) }
        if digits == 4, let year = Int(item.form), (1900...2100).contains(year) { kinds.insert(.date) }
        if previous.map({ currencies.contains($0.form) }) ?? false { kinds.insert(.money) }
        if isHour(item), previous.map({ $0.form == "at" || clockPrepositions.contains($0.form) }) ?? false,
            next == nil || next?.kind == .mark || ["to", "and", "on", "in", "every"].contains(next!.form)
        {
            kinds.insert(.time)
        }
        guard let next else { return kinds }
        if currencies.contains(next.form) || currencyWords.contains(next.form) { kinds.insert(.money) }
        if timeUnits.contains(next.form) { kinds.insert(.duration) }
        if clockWords.contains(next.surface.lowercased()) || clockWords.contains(next.form)
            || ["点", "点半", "点钟", "时"].contains(next.form)
        {
            kinds.insert(.time)
        }
        if measureUnits.contains(next.form) { kinds.insert(.measure) }
        if next.form == "月" || ["日", "号"].contains(next.form) && isDay(item) { kinds.insert(.date) }
        if next.form.hasPrefix("岁") { kinds.insert(.age) }
        if ["st", "nd", "rd", "th"].contains(next.form) { kinds.insert(.date) }
        return kinds
    }

    /// The preposition that governs an item: "in" of "in the grey box".
    private static func preposition(before index: Int, in items: [Item]) -> String? {
        for item in items[..<index].suffix(3).reversed() {
            if item.kind == .mark || item.kind == .han { return nil }
            // "born in" is one item.
            let last = item.form.split(separator: " ").last.map(String.init) ?? item.form
            if placePrepositions.contains(last) || timePrepositions.contains(last) { return last }
            if item.role == .stop, !determiners.contains(item.form) { return nil }
        }
        return nil
    }

    private static func word(
        _ item: Item, previous: Item?, next: Item?, preposition: String?, table: ConceptTable
    ) -> ValueKinds {
        var kinds: ValueKinds = []
        if Vocabulary.englishNumbers.contains(item.form) {
            kinds.insert(.number)
            if let next, timeUnits.contains(next.form) { kinds.insert(.duration) }
            if previous.map({ $0.form == "at" || clockPrepositions.contains($0.form) }) ?? false
                || next.map({ clockWords.contains($0.form) }) ?? false
            {
                kinds.insert(.time)
            }
            if let next, currencyWords.contains(next.form) { kinds.insert(.money) }
            if let next, ["to", "past"].contains(next.form) { kinds.insert(.time) }
        }
        if item.form.contains("@") { kinds.insert(.email) }
        // "A12345"
        if item.form.unicodeScalars.count(where: \.isASCIIDigit) >= 3 { kinds.insert(.number) }
        // "the first of each month"
        if ordinals.contains(item.form), next?.form == "of" { kinds.insert(.date) }
        let names = names(of: item, table)
        if names.contains(where: { dateConcepts.contains($0) }), !item.form.hasPrefix("day"),
            !item.form.hasPrefix("month")
        {
            kinds.insert(.date)
        }
        if ["noon", "midnight", "midday"].contains(item.form) { kinds.insert(.time) }
        if ["opposite", "between", "beside", "upstairs", "downstairs"].contains(item.form)
            || item.form == "next" && next?.form == "to"
        {
            kinds.insert(.place)
        }
        if names.contains(where: { placeConcepts.contains($0) }) { kinds.insert(.place) }
        if names.contains("address"), item.form != "address" { kinds.insert(.place) }
        if let preposition, item.role == .content, kinds.isDisjoint(with: [.date, .time, .number]) {
            if names.contains("timeofday") || timePrepositions.contains(preposition) {
                kinds.insert(.time)
            } else if item.isName || placeWords.contains(preposition) {
                kinds.insert(.place)
            }
        }
        if names.contains("timeofday"), previous.map({ ["every", "each", "this"].contains($0.form) }) ?? false {
            kinds.insert(.time)
        }
        if item.isName, kinds.isDisjoint(with: [.date, .place]), !names.contains("nation") { kinds.insert(.person) }
        if item.links.contains(where: { table.concepts[$0.concept].kind == .being }) { kinds.insert(.person) }
        return kinds
    }

    /// The concepts of an item and all that they are kinds of.
    private static func names(of item: Item, _ table: ConceptTable) -> [String] {
        item.links.flatMap { link in
            [table.concepts[link.concept].name] + table.ancestors[link.concept].map { table.concepts[$0].name }
        }
    }

    private static func han(_ item: Item, previous: Item?, next: Item?, table: ConceptTable) -> ValueKinds {
        var kinds: ValueKinds = []
        let names = names(of: item, table)
        if names.contains(where: { dateConcepts.contains($0) }) { kinds.insert(.date) }
        if names.contains(where: { placeConcepts.contains($0) }) || names.contains("address") { kinds.insert(.place) }
        if let previous, ["在", "住", "住在", "来自", "去", "到", "位于", "搬到", "放在", "藏", "放"].contains(previous.form),
            item.role == .content
        {
            kinds.insert(.place)
        }
        if let previous, ["叫", "名叫", "姓", "叫做", "名字", "姓名"].contains(previous.form), item.role == .content {
            kinds.insert(.person)
        }
        if names.contains("timeofday"), !["点", "时间"].contains(item.form) { kinds.insert(.time) }
        if item.links.contains(where: { table.concepts[$0.concept].kind == .being }) { kinds.insert(.person) }
        return kinds
    }

    private static func isHour(_ item: Item) -> Bool { Double(item.form).map { $0 <= 24 } ?? true }

    /// Digits up to 31, or numerals: not the number of a house.
    private static func isDay(_ item: Item) -> Bool {
        Int(item.form).map { $0 <= 31 } ?? !item.form.unicodeScalars.contains(where: \.isASCIIDigit)
    }

    private static let currencies: Set<String> = ["$", "€", "£", "¥", "￥"]
    private static let currencyWords: Set<String> = [
        "euro", "dollar", "pound", "yuan", "yen", "franc", "usd", "eur", "gbp", "rmb", "cny", "chf", "buck", "quid",
        "rupe",
        "元", "块", "块钱", "万元", "美元", "欧元", "人民币", "英镑", "日元", "k", "thousand", "million",
    ]
    private static let timeUnits: Set<String> = [
        "minut", "hour", "second", "day", "week", "month", "year", "minute", "分钟", "小时", "天", "周", "个月", "年", "秒",
        "min", "h", "个", "年了", "night",
    ]
    private static let ordinals: Set<String> = [
        "first", "second", "third", "fourth", "fifth", "sixth", "tenth", "fifteenth", "twentieth", "last", "end",
        "middle",
    ]
    private static let clockPrepositions: Set<String> = ["before", "after", "until", "till"]
    private static let clockWords: Set<String> = ["am", "pm", "a m", "p m", "o'clock"]
    private static let measureUnits: Set<String> = [
        "m", "cm", "mm", "km", "kg", "g", "l", "litr", "liter", "metr", "meter", "kilo", "kilogram", "pound", "foot",
        "inch",
        "mile", "sqm", "gb", "tb", "%", "°", "米", "厘米", "毫米", "公斤", "斤", "公里", "平方米", "平米", "升", "千克", "度",
        "square metr", "square meter", "kilometr", "kilometer", "ft", "lb", "mb", "kw", "kwh", "db", "lux", "㎡", "m²",
    ]
    private static let dateConcepts: Set<String> = [
        "weekday", "month", "spring", "summer", "autumn", "winter", "relativeday", "christmas",
    ]
    private static let placeConcepts: Set<String> = [
        "cityname", "countryname", "landscape", "room", "hospital", "building", "hotel", "restaurant", "floor",
        "school", "office", "shop", "bank", "shed",
    ]
    private static let placePrepositions: Set<String> = [
        "in", "at", "to", "from", "near", "into", "around", "outside", "behind", "under", "below", "above", "beside",
        "inside", "through", "via", "on", "live",
    ]
    private static let placeWords: Set<String> = [
        "in", "at", "near", "inside", "behind", "under", "below", "above", "beside",
    ]
    private static let timePrepositions: Set<String> = ["before", "after", "during", "until", "till", "since"]
    private static let determiners: Set<String> = [
        "a", "an", "the", "my", "our", "his", "her", "their", "its", "this", "that", "your", "some", "and",
    ]
}
