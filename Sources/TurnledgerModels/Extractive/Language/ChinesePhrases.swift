// Turnledger. SPDX-License-Identifier: Apache-2.0

/// How Chinese sentences ask, tell, greet and thank.
enum ChinesePhrases {
    // MARK: What is said by the way

    static func meta(_ sentence: String) -> Utterance? {
        let line = sentence.trimmed { !$0.isHan && !$0.isWordPart }
        let count = line.unicodeScalars.count
        if greetings.contains(line) { return .greeting }
        if count <= 8, ["谢谢", "多谢", "感谢", "谢了", "辛苦了"].contains(where: line.hasPrefix) { return .thanks }
        if ["再见", "拜拜", "回头见", "晚安"].contains(line) { return .farewell }
        if ["好", "好的", "是", "是的", "对", "嗯", "知道了", "明白", "明白了", "可以", "行", "没问题", "不是", "不用", "太好了"].contains(line) {
            return .assent
        }
        let bare = line.trimmed { $0 == "请" || $0 == "问" || $0 == "呢" || $0 == "啊" || $0 == "那" }
        if capabilities.contains(where: bare.hasPrefix), count <= 14 { return .capability }
        if count <= 18 {
            if line.contains("我"), line.contains("问"), ["什么", "哪些", "啥"].contains(where: line.contains),
                ["问了", "问过", "问的"].contains(where: line.contains), !line.contains("请问")
            {
                return .history
            }
            if ["上一个问题", "前一个问题", "之前的问题", "刚才的问题", "第一个问题"].contains(where: line.contains) { return .history }
            if inventories.contains(where: line.contains) { return .inventory }
        }
        return nil
    }

    static func greeting(of sentence: String) -> (Bool, String) {
        for word in greetings.sorted(by: { $0.count > $1.count }) where sentence.hasPrefix(word) {
            let rest = sentence.dropFirst(word.count)
            guard let next = rest.unicodeScalars.first, !next.isHan else { continue }
            return (true, rest.trimmed { $0.isSpace || $0 == "，" || $0 == "," || $0 == "！" || $0 == "!" || $0 == "、" })
        }
        return (false, sentence)
    }

    // MARK: Questions and statements

    static func parts(of sentence: String) -> [MessageReader.Part] {
        guard isQuestion(sentence) else {
            return [isStatement(sentence) ? .statement(MessageReader.withoutEnd(sentence)) : .fragment(sentence)]
        }
        var parts: [MessageReader.Part] = []
        var pending: String?
        let pieces = pieces(of: sentence)
        for (index, piece) in pieces.enumerated() {
            let asks = index == pieces.count - 1 || hasQuestionWord(piece)
            if asks {
                let text = pending.flatMap { join($0, piece, sentence) } ?? piece
                parts.append(.question(text))
                pending = nil
            } else if isAboutUser(piece) || (pending == nil && !parts.isEmpty && tells(parts) && isStatement(piece)) {
                parts.append(.statement(MessageReader.withoutEnd(piece)))
            } else {
                pending = pending.flatMap { join($0, piece, sentence) } ?? piece
            }
        }
        return parts
    }

    private static func tells(_ parts: [MessageReader.Part]) -> Bool {
        if case .statement? = parts.last { true } else { false }
    }

    private static func join(_ first: String, _ second: String, _ whole: String) -> String? {
        guard let start = whole.firstRange(of: first), let end = whole[start.upperBound...].firstRange(of: second)
        else {
            return nil
        }
        return String(whole[start.lowerBound..<end.upperBound])
    }

    static func isQuestion(_ sentence: String) -> Bool {
        let body = sentence.trimmed { $0.isSpace || $0 == "”" || $0 == "\"" || $0 == "!" || $0 == "！" }
        if body.hasSuffix("?") || body.hasSuffix("？") { return true }
        let end = body.trimmed { $0 == "。" || $0 == "." || $0.isSpace }
        if ["吗", "呢", "么"].contains(where: end.hasSuffix) { return true }
        if requests.contains(where: body.hasPrefix) { return !statements.contains(where: body.hasPrefix) }
        return hasQuestionWord(body)
    }

    private static func hasQuestionWord(_ text: String) -> Bool {
        if text.contains("?") || text.contains("？") { return true }
        if notAsking.contains(where: text.contains) { return false }
        return questionWords.contains(where: text.contains)
    }

    private static func isAboutUser(_ piece: String) -> Bool {
        ["我", "咱", "俺", "本人"].contains(where: piece.hasPrefix) && isStatement(piece)
    }

    private static func isStatement(_ sentence: String) -> Bool {
        if sentence.contains("：") || sentence.contains(":") { return true }
        return verbs.contains(where: sentence.contains)
            || sentence.unicodeScalars.contains { $0.isASCIIDigit || Vocabulary.chineseNumerals.contains($0) }
                && ClauseReference.all(in: sentence).isEmpty
    }

    // MARK: Clauses

    /// The clauses of a statement, cut at its commas.
    static func clauses(of statement: String) -> [String] {
        pieces(of: statement).map(MessageReader.withoutEnd).filter { !$0.isEmpty }
    }

    private static func pieces(of sentence: String) -> [String] {
        let scalars = Array(sentence.unicodeScalars)
        var pieces: [String] = []
        var start = 0
        for index in scalars.indices {
            let isComma =
                scalars[index] == "，"
                || scalars[index] == ","
                    && !(index > 0 && scalars[index - 1].isASCIIDigit && index + 1 < scalars.count
                        && scalars[index + 1].isASCIIDigit)
            guard isComma else { continue }
            // A single word before or after a comma is no clause.
            guard index - start >= 3, scalars.count - index > 2 else { continue }
            // "尤其是…" says more of the same.
            let rest = String(String.UnicodeScalarView(scalars[(index + 1)...].prefix(4)))
            guard !additions.contains(where: rest.hasPrefix) else { continue }
            pieces.append(String(String.UnicodeScalarView(scalars[start..<index])).trimmed())
            start = index + 1
        }
        pieces.append(String(String.UnicodeScalarView(scalars[start...])).trimmed())
        return pieces.filter { !$0.isEmpty }
    }

    private static let additions = ["尤其", "特别是", "比如", "例如", "包括", "其中", "也就是", "即", "像"]
    private static let greetings: Set<String> = [
        "你好", "您好", "大家好", "早上好", "上午好", "下午好", "晚上好", "嗨", "哈喽", "早", "早安", "你好啊", "你好呀", "你们好", "嘿", "在吗",
    ]
    private static let capabilities = [
        "你能做什么", "你会做什么", "你会什么", "你能干什么", "你能干嘛", "你是谁", "你可以做什么", "你有什么功能", "帮助", "怎么用", "能帮我什么",
        "你能帮我做什么", "你能帮我什么", "你可以帮我", "你叫什么", "你是什么", "我能问你什么", "我可以问什么", "你能回答什么", "帮帮我", "如何使用",
    ]
    private static let inventories = [
        "你知道我什么", "我告诉过你什么", "我告诉了你什么", "你记得我什么", "你了解我", "你知道我哪些", "关于我你知道", "你都记得什么", "你记住了什么",
        "我跟你说过什么", "我说过什么", "我说了什么", "你知道关于我的", "我都告诉过你", "我的哪些信息",
    ]
    private static let requests = [
        "告诉我", "请告诉我", "请问", "我想知道", "想知道", "提醒我", "查一下", "查找", "搜索", "查询", "解释", "说明一下", "介绍", "列出", "请列出",
        "请查", "帮我查", "请说明", "请解释", "我忘了我", "引用", "请引用", "说说", "我想问", "想问一下", "麻烦问", "给我看",
    ]
    /// What begins like a request and tells something.
    private static let statements = ["提醒我去", "提醒我要", "提醒我明天", "提醒我下", "提醒我在", "介绍人"]
    private static let questionWords = [
        "什么", "多少", "哪", "谁", "怎么", "怎样", "如何", "是否", "为何", "何时", "何地", "多大", "多久", "多长", "多宽", "多高", "多远",
        "多重", "多深", "多厚", "几点", "几岁", "几号", "几楼", "几层", "几个", "几月", "几只", "几口", "几次", "几年", "星期几", "周几", "啥",
        "能不能", "是不是", "有没有", "可不可以", "要不要", "会不会", "需不需要", "吗",
    ]
    private static let notAsking = [
        "什么都", "没什么", "谁都", "无论", "不管", "怎么都", "哪儿都", "哪里都", "好几", "十几", "几乎", "哪怕", "有几个", "什么的", "几十",
    ]
    private static let verbs = [
        "我", "是", "叫", "姓", "住", "有", "在", "喜欢", "爱", "讨厌", "过敏", "属", "来自", "毕业", "今年", "生日", "出生", "养", "开", "读",
        "学", "买", "打算", "想", "需要", "要", "会", "患", "吃", "喝", "做", "当", "去", "不", "姓名", "记住", "为",
    ]
}
