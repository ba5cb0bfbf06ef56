// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Reads what a question asks for.
struct QuestionReader: Sendable {
    /// Whom a name stands for in this thread.
    var aliases: [String: [ConceptTable.ID]] = [:]
    private let table = ConceptTable.standard

    init(aliases: [String: [ConceptTable.ID]] = [:]) { self.aliases = aliases }

    /// Reads a question; a follow-up takes what it does not say from the question before.
    func read(_ text: String, after previous: Question? = nil) -> Question {
        let reading = Reading(text)
        var question = Question(text: text, reading: reading, language: AnswerLanguage(of: text))
        question.wanted = wanted(in: reading)
        addDemands(to: &question)
        question.isFollowUp = isFollowUp(question)
        if question.isFollowUp, let previous { merge(previous, into: &question) }
        return question
    }

    // MARK: What is asked about

    private func addDemands(to question: inout Question) {
        var seen: Set<String> = []
        var before: String?
        for item in question.reading.items {
            let asked = before
            before = item.form
            guard item.role != .stop, item.kind != .mark, seen.insert(item.form).inserted else { continue }
            if Self.opening.contains(item.form), implied(by: question).contains("password") { continue }
            if isIdle(item) || item.kind == .number && item.form == "一" { continue }
            var demand = Question.Demand(
                form: item.form, surface: item.surface, links: item.links, weight: weight(of: item))
            demand.isHan = item.kind == .han
            for part in item.partLinks
            where !Self.faint.contains(table.concepts[part.concept].name)
                && !demand.links.contains(where: { $0.concept == part.concept })
            {
                demand.links.append(.init(concept: part.concept, weight: part.weight * 0.6))
            }
            demand.links += (aliases[item.form] ?? []).map { .init(concept: $0, weight: 1) }
            let kinds = demand.links.filter { $0.weight >= 0.9 }.map { table.concepts[$0.concept].kind }
            // "Who commissioned it?": the verb asks for a part that somebody plays and names nobody.
            let isVerb =
                ["who", "whom"].contains(asked) && item.kind == .word && !question.reading.forms.contains("be")
            demand.isRole = isVerb && kinds.contains(.being)
            demand.isBeing =
                !demand.isRole && kinds.contains(.being) || item.isName && item.kind == .word && demand.links.isEmpty
            demand.isEntity = demand.isBeing || kinds.contains(.thing)
            if let asked, ["what", "which", "哪", "哪个", "哪家"].contains(asked) { demand.isCategory = true }
            // "Which herb …": the answer names the herb and need not say that it is one.
            if demand.links.isEmpty, !demand.isEntity, let last = asked,
                ["what", "which", "哪", "哪个", "什么"].contains(last)
            {
                demand.weight = 0.4
            }
            if let most = demand.links.map(\.weight).max(), most < 0.5 { demand.weight = min(demand.weight, 0.5) }
            if item.form == "多大" { demand.weight = 0.4 }
            // "How many children": what is counted, not whom it is about.
            if asked == "how many" { (demand.isBeing, demand.isEntity) = (false, false) }
            if names(demand).isSubset(of: Self.faint), !names(demand).isEmpty {
                demand.weight = min(demand.weight, 0.4)
            }
            question.demands.append(demand)
        }
        for (name, concepts) in aliases where name.unicodeScalars.first?.isHan == true && question.text.contains(name) {
            let links = concepts.map { ConceptTable.Link(concept: $0, weight: 1) }
            question.demands.removeAll {
                $0.isHan && $0.links.isEmpty && ($0.form.contains(name) || name.contains($0.form))
            }
            question.demands.append(
                .init(form: name, links: links, weight: 1, isEntity: true, isBeing: true, isHan: true))
        }
        for concept in implied(by: question) {
            guard let id = table[concept] else { continue }
            if question.demands.contains(where: { $0.links.contains { $0.concept == id && $0.weight >= 0.9 } }) {
                continue
            }
            question.demands.append(
                .init(form: concept, links: [.init(concept: id, weight: 1)], weight: 1))
        }
        weighTogether(&question)
        markHead(of: &question)
        if question.hasEntity, question.demands.count > 1 {
            for index in question.demands.indices
            where names(question.demands[index]).isSubset(of: ["name", "nickname"]) {
                if !question.demands[index].links.isEmpty { question.demands[index].weight = 0.7 }
            }
        }
    }

    /// "What is the X of the Y?" and "What is Y's X?" ask for X; what speaks of Y alone is no answer.
    private func markHead(of question: inout Question) {
        let forms = question.reading.forms
        var names: [String]?
        if forms.first == "what", forms.dropFirst().first == "be" {
            let items = question.reading.items
            names = (items.firstIndex { $0.form == "of" }.map { Array(items[..<$0]) } ?? items).map(\.form)
        } else if ["是什么", "是多少", "是哪", "是谁", "是几"].contains(where: question.text.contains) {
            names = question.reading.items.map(\.form)
        }
        guard let names,
            let head = question.demands.indices.last(where: {
                names.contains(question.demands[$0].form) && question.demands[$0].weight >= 0.5
            }), !question.demands[head].isEntity
        else { return }
        question.demands[head].isHead = true
    }

    /// Lowers what says little beside the rest of the question.
    private func weighTogether(_ question: inout Question) {
        let content = question.demands.indices.filter { question.demands[$0].weight >= 0.9 }
        // "Which company insures my car?": the answer names one and need not say that it is a company.
        if let index = content.first(where: { question.demands[$0].isCategory }), content.count > 1,
            !question.demands[index].isBeing
        {
            question.demands[index].isEntity = false
            // "Which sport do I follow?": where the verb is unknown the kind is all there is.
            let others = content.filter { $0 != index }
            let isAlone = others.allSatisfy { question.demands[$0].links.isEmpty && !question.demands[$0].isEntity }
            question.demands[index].weight = isAlone ? 0.8 : 0.5
        }
        // "What are we building?" asks for no building.
        if question.demands.contains(where: { $0.form == "project" }) {
            for index in question.demands.indices where Self.undertaking.contains(question.demands[index].form) {
                question.demands[index].weight = 0.25
            }
        }
        // "怎么去公司": how somebody gets there, whatever says where.
        if ["怎么去", "怎么到", "怎样去", "如何去"].contains(where: question.text.contains) {
            for index in question.demands.indices
            where question.demands[index].form == "去" || names(question.demands[index]).contains("school") {
                question.demands[index].isEntity = false
                question.demands[index].weight = 0.3
            }
            for index in question.demands.indices where names(question.demands[index]).contains("commute") {
                question.demands[index].links.removeAll { table.concepts[$0.concept].name != "commute" }
            }
        }
        // "Which university do I go to?" asks for no journey.
        for index in content where content.count > 1 && question.demands[index].form == "go to" {
            question.demands[index].weight = 0.25
        }
        // "My favourite song": the song counts more than the liking.
        for index in question.demands.indices {
            let names = names(question.demands[index])
            guard !names.isEmpty, names.isSubset(of: ["like", "favourite", "dislike", "fear", "avoid"]) else {
                continue
            }
            question.demands[index].isAttitude = true
            if content.count > 1, names.isSubset(of: ["like", "favourite", "dislike"]) {
                question.demands[index].weight = 0.5
            }
        }
        // "What am I called?": a word that says little is all that the question says.
        if !question.demands.contains(where: { $0.weight >= 0.5 || $0.isEntity }) {
            for index in question.demands.indices
            where question.demands[index].links.contains(where: { $0.weight >= 0.9 }) {
                question.demands[index].weight = max(question.demands[index].weight, 0.7)
            }
        }
    }

    /// A lone character that the table does not know says little.
    private func weight(of item: Item) -> Double {
        if item.role == .generic { return 0.25 }
        return item.kind == .han && item.links.isEmpty && item.form.unicodeScalars.count == 1 ? 0.25 : 1
    }

    /// Words of asking, such as "remember" and "please".
    private func isIdle(_ item: Item) -> Bool {
        Self.idle.contains(item.form) || Self.asking.contains(item.form)
    }

    private func names(_ demand: Question.Demand) -> Set<String> {
        Set(demand.links.map { table.concepts[$0.concept].name })
    }

    /// Concepts that a pattern asks for without their word: "What does Anna do?" asks for a job.
    private func implied(by question: Question) -> [String] {
        let reading = question.reading
        var concepts: [String] = []
        let forms = reading.forms.filter {
            $0 != "?" && $0 != "." && $0 != "!" && $0 != "for" && $0 != "a" && $0 != "now"
        }
        if forms.first == "what", forms.last == "do", forms.count > 2, forms.count < 8 { concepts.append("job") }
        if forms.last == "from", !forms.contains("make"),
            forms.contains(where: { ["where", "what", "which"].contains($0) })
        {
            concepts.append("origin")
        }
        if forms.contains("who"), forms.contains("i"), forms.count <= 4, forms.contains("be") {
            concepts.append("name")
        }
        if reading.text.contains("干什么"), question.demands.allSatisfy({ $0.isEntity || $0.weight < 0.5 }) {
            concepts.append("job")
        }
        // "How do I open the safe?" is answered by its code.
        if forms.first == "how", forms.contains("i") || forms.contains("we"),
            forms.contains(where: { ["open", "unlock", "access", "enter", "log"].contains($0) })
                || zip(forms, forms.dropFirst()).contains(where: { $0 == "get" && ["in", "into", "onto"].contains($1) })
                || ["怎么开", "怎么打开", "怎么进", "怎么登", "如何打开", "怎么解锁"].contains(where: reading.text.contains)
        {
            concepts.append("password")
        }
        // "How can somebody call me?" asks for a number, not for a name.
        if forms.first == "how" || forms.starts(with: ["at", "what"]) || forms.starts(with: ["on", "which"]),
            forms.contains(where: { form in Self.reaching.contains { form == $0 || form.hasPrefix($0 + " ") } })
        {
            concepts.append("phone")
        }
        // "What are we building?" is answered by the project, whatever else is said of the building.
        if forms.first == "what", forms.count <= 6, forms.contains("i") || forms.contains("we"),
            forms.last.map(Self.undertaking.contains) ?? false
        {
            concepts.append("project")
        }
        let negated = zip(forms, forms.dropFirst()).contains { pair in
            (["must", "can", "should", "may"].contains(pair.0) || pair.0 == "i") && pair.1 == "not"
        }
        if negated || forms.contains("not") && forms.contains("allow") {
            if reading.has("eat") || reading.has("drink") || forms.contains("have") && !forms.contains("i") {
                concepts.append("avoid")
            }
        }
        return concepts
    }

    // MARK: What kind of value is asked for

    private func wanted(in reading: Reading) -> ValueKinds {
        let forms = reading.forms
        var kinds: ValueKinds = []
        for (index, form) in forms.enumerated() {
            let next = index + 1 < forms.count ? forms[index + 1] : ""
            switch form {
            case "who", "whom", "whos": kinds.formUnion(.person)
            case "where", "whereabout": kinds.formUnion(.place)
            case "when": kinds.formUnion([.date, .time])
            case "what", "which":
                switch next {
                case "time": kinds.formUnion([.time, .date])
                case "day", "date", "month", "year", "weekday":
                    // "Which year of study": no date.
                    if index + 2 >= forms.count || forms[index + 2] != "of" { kinds.formUnion([.date]) }
                case "city", "town", "country", "place", "street": kinds.formUnion(.place)
                default: break
                }
            case "how":
                switch next {
                case "many": kinds.formUnion(.number)
                case "much": kinds.formUnion([.money, .number, .measure])
                case "long": kinds.formUnion([.duration, .measure, .date, .time])
                case "old": kinds.formUnion([.age, .number])
                case "tall", "wide", "high", "far", "deep", "heavy", "big", "larg", "thick", "broad", "fast", "hot":
                    kinds.formUnion([.measure, .number])
                case "", "often": break
                // "How loud", "how warm": of a quality, not "how do I".
                default: if !Vocabulary.stop.contains(next) { kinds.formUnion([.measure, .number]) }
                }
            default: break
            }
        }
        for (words, kind) in Self.chineseWanted where words.contains(where: reading.text.contains) {
            kinds.formUnion(kind)
        }
        return kinds
    }

    // MARK: Follow-ups

    private func isFollowUp(_ question: Question) -> Bool {
        let forms = question.reading.forms
        let text = question.text
        let content = question.demands.filter { $0.weight >= 0.5 }.count
        guard content <= 4 else { return false }
        let starts =
            forms.first == "and" || forms.prefix(2) == ["what", "about"] || forms.prefix(2) == ["how", "about"]
            || text.hasPrefix("那") || (text.hasPrefix("如果") || forms.first == "if") && content <= 3
        let ends = text.trimmed { $0 == "？" || $0 == "?" || $0.isSpace }.hasSuffix("呢")
        if starts || ends {
            // "And how wide is a stair?" says all by itself, "And in hospitals?" does not.
            let asks =
                forms.contains { ["who", "where", "when", "which", "why"].contains($0) }
                || zip(forms, forms.dropFirst()).contains {
                    $0.0 == "how" && $0.1 != "about" || $0.0 == "what" && $0.1 != "about"
                }
                || ["多少", "什么", "几", "谁", "哪", "多宽", "多高", "多长", "多大"].contains(where: text.contains)
            return !asks || content == 0
        }
        return content == 0 && question.demands.isEmpty
    }

    /// Keeps what the follow-up names; of the question before, all but the entities that it replaces.
    private func merge(_ previous: Question, into question: inout Question) {
        let replaces = question.demands.contains(where: \.isEntity)
        let own = Set(question.demands.map(\.form))
        for var demand in previous.demands where !own.contains(demand.form) && !(replaces && demand.isEntity) {
            // What the follow-up names itself counts double.
            demand.weight *= own.isEmpty ? 1 : 0.5
            demand.isInherited = true
            question.demands.append(demand)
        }
        if question.wanted.isEmpty { question.wanted = previous.wanted }
    }

    private static let idle: Set<String> = [
        "最",
        "tell", "remember", "remind", "know", "please", "told", "say", "mention", "clos", "memory", "answer",
        "question",
        "记得", "提醒", "知道", "告诉", "记住", "问", "回答", "一下",
    ]
    private static let opening: Set<String> = ["open", "unlock", "access", "enter", "开", "打开", "进", "登录", "解锁"]
    private static let reaching = Set(["call", "phone", "ring", "reach", "contact"].map(EnglishStem.stem))
    private static let undertaking = Set(["build", "construct", "develop", "design", "building"].map(EnglishStem.stem))
    /// Phrases that ask for a kind of value; see `wanted`.
    private static let asking: Set<String> = [
        "how many", "how much", "how long", "how often", "what time", "what year", "which year", "which month", "time",
        "什么时候", "何时", "哪天", "哪一天", "几号", "几点", "几点钟", "哪里", "哪儿", "多少", "几个", "几只", "多久", "多长时间", "几月", "哪年",
        "哪一年", "时候", "时间", "在哪", "星期几", "周几", "几次", "多少人", "几个人", "多少钱", "现在", "日期", "日子", "地方", "地点",
    ]
    /// Concepts that say little beside others.
    private static let faint: Set<String> = [
        "place", "number", "quantity", "person", "date", "timeofday", "habit", "duration", "want", "size", "year",
        "rule.number", "rule.time", "rule.required", "rule.allowed", "rule.minimum", "rule.maximum", "frequency",
        "rule.document", "rule.room", "rule.define", "memory", "reminder", "animal", "country",
        "rule.length", "area", "buy", "own", "mood", "unit", "hide", "rule.train", "event", "city", "total",
    ]
    private static let chineseWanted: [([String], ValueKinds)] = [
        (["谁"], .person), (["哪里", "哪儿", "哪个城市", "什么地方", "在哪", "何处", "哪座"], .place),
        (["什么时候", "何时", "哪天", "哪一天", "几号", "几月", "星期几", "周几", "哪年", "日期"], [.date, .time]),
        (["几点", "什么时间"], .time), (["多少钱", "什么价"], .money), (["多久", "多长时间"], .duration),
        (["多大", "几岁", "年龄", "岁数"], [.age, .number, .measure]), (["多少", "几个", "几只", "几层", "几楼", "几辆"], [.number]),
        (["多高", "多宽", "多长", "多重", "多远", "多深", "多厚"], [.measure, .number]),
    ]
}
