// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerModels

@Suite("Extractive answerer: facts told and asked for in other words")
struct RecallTests {
    static let tables = [
        RecallTable.first, RecallTable.second, RecallTable.third, RecallTable.fourth, RecallTable.fifth,
        RecallTable.sixth,
        RecallTable.seventh, RecallTable.eighth,
    ]

    @Test("quotes at least 95 of 100 facts of a table", arguments: tables.indices)
    func recall(_ table: Int) {
        let pairs = RecallTable.pairs(of: Self.tables[table]).filter { $0.expected != nil }
        let missed = pairs.filter { pair in !Exchange(pair.messages + [pair.question]).text.contains(pair.expected!) }
        #expect(missed.count * 20 <= pairs.count, "missed: \(missed.map(\.question))")
    }

    @Test("claims nothing where nothing was told", arguments: tables.indices)
    func negatives(_ table: Int) {
        for pair in RecallTable.pairs(of: Self.tables[table]) where pair.expected == nil {
            let text = Exchange(pair.messages + [pair.question]).text
            #expect(!claims(text), "\(pair.question): \(text)")
        }
    }

    /// Says that something told is the answer, rather than that it comes near.
    private func claims(_ text: String) -> Bool {
        text.contains(Phrases(language: .english).told("").prefix(10))
            || text.contains(Phrases(language: .chinese).told("").prefix(5) + "：")
    }

    @Test("offers what comes nearest where nothing told answers, and says so")
    func nearest() {
        let told = "I am the secretary of the mayor. I have 28 days of leave."
        let text = Exchange([told, "How much holiday do I get?"]).text
        #expect(text.hasPrefix("I found nothing that says exactly that."))
        #expect(Exchange.quotations(in: text).contains("I have 28 days of leave"))
        #expect(!claims(text))
    }

    @Test(
        "offers what shares a word with the question, whatever else the question may mean",
        arguments: [
            ("The roof is made of slate.", "What covers the roof?"),
            ("Our competitor is Brightline. My aunt lives in Porto.", "Who competes with us?"),
            ("I moved here from Ghana. The hotel was built in 1931.", "Which country do I come from?"),
            ("这栋楼有十二层。我的老板是陈刚。", "大楼有几层？"),
        ])
    func sharedWord(told: String, question: String) {
        let first = String(told.prefix { !".。".contains($0) })
        #expect(Exchange.quotations(in: Exchange([told, question]).text).contains(first))
    }

    @Test("answers a follow-up that asks for somebody with nothing that names nobody")
    func followUpForSomebody() {
        let told = "Meetings are on Tuesdays. Our client is Harbour Foods."
        let text = Exchange([told, "On which day do we meet?", "For whom do we do this?"]).text
        #expect(Exchange.quotations(in: text).contains("Our client is Harbour Foods"))
    }

    @Test("offers nothing where nothing told has to do with the question")
    func nothingNear() {
        let text = Exchange(["My car is blue. I like tea.", "What is my blood type?"]).text
        #expect(Exchange.quotations(in: text).isEmpty)
    }

    @Test("quotes most facts of sets that it was not mended by, and hardly ever a wrong one")
    func heldOut() {
        let pairs = [RecallTable.ninth, RecallTable.heldOut, RecallTable.tenth].flatMap(RecallTable.pairs)
        let told = pairs.filter { $0.expected != nil }
        let answers = told.map { Exchange($0.messages + [$0.question]).text }
        let hits = zip(told, answers).count { $1.contains($0.expected!) }
        let wrong = zip(told, answers).count { !$1.contains($0.expected!) && claims($1) }
        #expect(hits * 100 >= told.count * 75, "\(hits) of \(told.count)")
        #expect(wrong * 20 <= told.count, "\(wrong) of \(told.count)")
        for pair in pairs where pair.expected == nil {
            #expect(!claims(Exchange(pair.messages + [pair.question]).text), "\(pair.question)")
        }
    }

    @Test(
        "takes the kind of the answer from the question",
        arguments: [
            ("The deadline is 30 June. We began on 1 May.", "When must we be finished?", "30 June"),
            ("I studied in Delft. I live in Leiden.", "Where did I go to university?", "Delft"),
            ("I work as a nurse. My office is on the fifth floor.", "On which storey do I work?", "fifth floor"),
            ("The designer is Mina Sato. The site is in Riga.", "Who designed the tower?", "Mina Sato"),
            ("My phone number is 06 1234 5678. My daughter is called Lotte.", "How can somebody call me?", "06 1234"),
            ("Our project is a hospital in Assen. The building has six storeys.", "What are we building?", "hospital"),
            ("The safe's combination is 8-1-4. The safe is green.", "How do I open the safe?", "8-1-4"),
        ])
    func kinds(_ told: String, _ question: String, _ expected: String) {
        #expect(Exchange([told, question]).text.contains(expected))
    }

    @Test(
        "takes no fact about another for an answer",
        arguments: [
            ("My husband drives a lorry.", "Which car do I drive?"),
            ("The password for the plans is azulejo.", "What's the wifi password?"),
            ("I drive a red Skoda.", "What is my favourite colour?"),
            ("My train to Cologne leaves at 6:48.", "When do we go on holiday?"),
            ("The carpenter comes on Friday.", "What is my job?"),
        ])
    func others(_ told: String, _ question: String) {
        #expect(!claims(Exchange([told, question]).text))
    }

    @Test("has at least 120 pairs that ask for something told")
    func count() {
        #expect(Self.tables.flatMap(RecallTable.pairs).count { $0.expected != nil } >= 120)
    }

    @Test("quotes only what stands in the thread", arguments: tables.indices)
    func verbatim(_ table: Int) {
        for pair in RecallTable.pairs(of: Self.tables[table]) {
            for quotation in Exchange.quotations(in: Exchange(pair.messages + [pair.question]).text) {
                #expect(pair.messages.contains { $0.contains(quotation) }, "\(quotation)")
            }
        }
    }

    @Test("lets a later statement win over an earlier one about the same")
    func later() {
        let text = Exchange(["My budget is 40,000 euros.", "My budget is now 55,000 euros.", "What is my budget?"]).text
        #expect(text.contains("55,000"))
        #expect(!text.contains("40,000"))
        let chinese = Exchange(["我住在上海。", "我现在住在杭州。", "我住在哪个城市？"]).text
        #expect(chinese.contains("杭州"))
        #expect(!chinese.contains("上海"))
    }

    @Test("tells persons apart")
    func persons() {
        let told = "I live in Berlin. My sister lives in Rome. My brother is a baker."
        #expect(Exchange([told, "Where do I live?"]).text.contains("Berlin"))
        #expect(!Exchange([told, "Where do I live?"]).text.contains("Rome"))
        #expect(Exchange([told, "Where does my sister live?"]).text.contains("Rome"))
        #expect(!claims(Exchange([told, "Where does my brother live?"]).text))
    }

    @Test("knows somebody by name and by relation")
    func aliases() {
        let told = "My daughter is called Mia. Mia plays chess on Thursdays."
        #expect(Exchange([told, "When does my daughter play chess?"]).text.contains("Thursdays"))
        #expect(Exchange(["我女儿叫小美。小美在读小学。", "我女儿在哪里上学？"]).text.contains("小学"))
    }

    @Test("quotes the sentence before with one that says only \"she\" or nothing at all")
    func inheritance() {
        let english = Exchange(["My boss is Ms. Okafor. She comes from Lagos.", "Where does my boss come from?"]).text
        #expect(english.contains("My boss is Ms. Okafor. She comes from Lagos"))
        #expect(Exchange(["我女儿叫小美，今年六岁。", "我女儿几岁了？"]).text.contains("我女儿叫小美，今年六岁"))
    }

    @Test("goes on with the question before")
    func followUp() {
        let told = "My sister lives in Rome. My brother lives in Oslo."
        #expect(Exchange([told, "Where does my sister live?", "And my brother?"]).text.contains("Oslo"))
        #expect(Exchange(["我姐姐住在北京，我弟弟住在广州。", "我姐姐住在哪里？", "那我弟弟呢？"]).text.contains("广州"))
    }

    @Test("answers each of several questions")
    func several() {
        let text = Exchange(["My name is Frank. I was born in 1980.", "What is my name and when was I born?"]).text
        #expect(text.contains("My name is Frank"))
        #expect(text.contains("1980"))
    }

    @Test("lists what was told, and what was asked")
    func inventory() {
        let text = Exchange(["My name is Frank. I own a boat.", "What do you know about me?"]).text
        #expect(text.contains("My name is Frank") && text.contains("I own a boat"))
        let asked = Exchange(["How wide must a door be?", "What did I ask before?"]).text
        #expect(asked.contains("How wide must a door be?"))
        #expect(Exchange(["疏散门要多宽？", "我之前问了什么？"]).text.contains("疏散门要多宽？"))
    }
}
