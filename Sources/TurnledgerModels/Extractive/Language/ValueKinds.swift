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
            case .word: formUnion(Self.word(item, previous: previous, next: next, table: table))
            case .han: formUnion(Self.han(item, previous: previous, next: next, table: table))
            case .mark: if Self.currencies.contains(item.form) { insert(.money) }
            }
        }
    }

    private static func number(_ item: Item, previous: Item?, next: Item?, table: ConceptTable) -> ValueKinds {
        var kinds: ValueKinds = .number
        let digits = item.form.unicodeScalars.count(where: \.isASCIIDigit)
        if item.form.contains(":") { kinds.insert(.time) }
        if item.form.contains("/") || item.form.count(where: { $0 == "-" }) == 2 { kinds.insert(.date) }
        if digits >= 7, !item.form.contains(",") { kinds.insert(.phone) }
        if previous?.form == "+" { kinds.insert(.phone) }
        if digits == 4, let year = Int(item.form), (1900...2100).contains(year) { kinds.insert(.date) }
        if previous.map({ currencies.contains($0.form) }) ?? false { kinds.insert(.money) }
        if previous?.form == "at", next == nil || next?.kind == .mark { kinds.insert(.time) }
        guard let next else { return kinds }
        if currencies.contains(next.form) || currencyWords.contains(next.form) { kinds.insert(.money) }
        if timeUnits.contains(next.form) { kinds.insert(.duration) }
        if clockWords.contains(next.surface.lowercased()) || clockWords.contains(next.form)
            || ["点", "点半", "点钟", "时"].contains(next.form)
        {
            kinds.insert(.time)
        }
        if measureUnits.contains(next.form) { kinds.insert(.measure) }
        if ["月", "日", "号"].contains(next.form) { kinds.insert(.date) }
        if next.form.hasPrefix("岁") { kinds.insert(.age) }
        if ["st", "nd", "rd", "th"].contains(next.form) { kinds.insert(.date) }
        return kinds
    }

    private static func word(_ item: Item, previous: Item?, next: Item?, table: ConceptTable) -> ValueKinds {
        var kinds: ValueKinds = []
        if Vocabulary.englishNumbers.contains(item.form) {
            kinds.insert(.number)
            if let next, timeUnits.contains(next.form) { kinds.insert(.duration) }
            if previous?.form == "at" || next.map({ clockWords.contains($0.form) }) ?? false { kinds.insert(.time) }
            if let next, currencyWords.contains(next.form) { kinds.insert(.money) }
        }
        if item.form.contains("@") { kinds.insert(.email) }
        let names = item.links.map { table.concepts[$0.concept].name }
        if names.contains(where: { dateConcepts.contains($0) }), !item.form.hasPrefix("day"),
            !item.form.hasPrefix("month")
        {
            kinds.insert(.date)
        }
        if ["noon", "midnight", "midday"].contains(item.form) { kinds.insert(.time) }
        if names.contains(where: { placeConcepts.contains($0) }) { kinds.insert(.place) }
        if names.contains("address"), item.form != "address" { kinds.insert(.place) }
        if let previous, placePrepositions.contains(previous.form), item.role != .stop,
            kinds.isDisjoint(with: [.date, .time, .number])
        {
            if item.isName || placeWords.contains(previous.form) { kinds.insert(.place) }
        }
        if item.isName, kinds.isDisjoint(with: [.date, .place]), !names.contains("nation") { kinds.insert(.person) }
        if item.links.contains(where: { table.concepts[$0.concept].kind == .being }) { kinds.insert(.person) }
        return kinds
    }

    private static func han(_ item: Item, previous: Item?, next: Item?, table: ConceptTable) -> ValueKinds {
        var kinds: ValueKinds = []
        let names = item.links.map { table.concepts[$0.concept].name }
        if names.contains(where: { dateConcepts.contains($0) }) { kinds.insert(.date) }
        if names.contains(where: { placeConcepts.contains($0) }) { kinds.insert(.place) }
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
        "cityname", "countryname", "landscape", "room", "hospital", "building", "hotel", "restaurant",
    ]
    private static let placePrepositions: Set<String> = [
        "in", "at", "to", "from", "near", "into", "around", "outside", "behind", "under", "below", "above", "beside",
        "inside", "through", "via", "on", "live",
    ]
    private static let placeWords: Set<String> = ["in", "at", "near", "inside", "behind", "under", "below", "above"]
}
