// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A question as it is compared with statements and clauses.
struct Question: Sendable {
    /// One thing that an answer should speak of.
    struct Demand: Sendable {
        var form: String
        /// As the user wrote it.
        var surface = ""
        var links: [ConceptTable.Link]
        var weight: Double
        /// A person, an animal, a thing or a name: an answer about another one is wrong.
        var isEntity = false
        /// A person or an animal, or a name.
        var isBeing = false
        var isHan = false
        /// Follows "which" or "what".
        var isCategory = false
        /// A liking, a dislike or a fear: a fact that does not speak of one says something else.
        var isAttitude = false
        /// What is asked for: "address" of "What is the address of the site?".
        var isHead = false
        /// A part that somebody plays: who supplies, who designed.
        var isRole = false
        /// Taken from the question before.
        var isInherited = false
    }

    var text: String
    var reading: Reading
    var demands: [Demand] = []
    /// Kinds of values of which the answer should hold one; empty where the question leaves it open.
    var wanted: ValueKinds = []
    var language: AnswerLanguage
    /// Begins with "and", "what about", 那: goes on with the question before it.
    var isFollowUp = false

    var isFirstPerson: Bool { reading.isFirstPerson }
    var hasEntity: Bool { demands.contains(where: \.isEntity) }
    var content: [Demand] { demands.filter { $0.weight >= 0.5 } }
    /// How little a fact without a value of the wanted kind is worth.
    var otherKindFactor: Double {
        if wanted.isEmpty || wanted.contains(.person) { return 1 }
        return wanted.isSubset(of: [.place, .date, .time]) ? 0.75 : 0.65
    }

    /// Says "she" or "their" of somebody who was spoken of before.
    var speaksOfOthers: Bool {
        reading.forms.contains { ["he", "she", "him", "her", "his", "they", "them", "their"].contains($0) }
            || ["他", "她"].contains { reading.text.contains($0) }
    }

    /// Asks what is allowed or required.
    var asksForRule: Bool {
        reading.forms.contains { Self.modals.contains($0) }
            || ["can", "may", "could", "do"].contains(reading.forms.first)
                && reading.forms.contains { $0 == "i" || $0 == "we" }
                && (reading.forms.first != "do" || reading.forms.contains("need"))
            || Self.chineseModals.contains { reading.text.contains($0) }
    }

    /// Asks for several things at once: what somebody likes, what they do in their free time.
    func asksForMany(_ table: ConceptTable = .standard) -> Bool {
        demands.contains { demand in demand.links.contains { table.concepts[$0.concept].hasMany } }
    }

    /// What is asked for of that which every person has: a name, an age, a birthday.
    func traits(_ table: ConceptTable = .standard) -> Set<ConceptTable.ID> {
        Set(
            demands.filter { $0.weight >= 0.5 }.flatMap(\.links).map(\.concept).filter {
                Self.traits.contains(table.concepts[$0].name)
            })
    }

    private static let traits: Set<String> = [
        "name", "age", "birth", "origin", "height", "weight", "nationality", "marital", "nickname", "surname",
    ]
    private static let modals: Set<String> = [
        "must", "shall", "should", "requir", "requirement", "allow", "permit", "minimum", "maximum", "mandatory",
        "regulation", "rule", "standard", "code", "claus", "claus", "law", "comply", "forbidden", "prohibit",
    ]
    private static let chineseModals = [
        "可以", "能不能", "能否", "必须", "应当", "应该", "应", "允许", "最小", "最大", "不小于", "不大于", "规定", "要求", "规范", "条文", "法规", "禁止",
        "可否",
        "标准", "至少", "最多", "不得", "条款",
    ]
}
