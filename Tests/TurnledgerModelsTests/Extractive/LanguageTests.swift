// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerModels

@Suite("Extractive answerer: reading English and Chinese")
struct LanguageTests {
    @Test(
        "cuts a message into sentences",
        arguments: [
            ("I see Dr. Lee at St. Mary's. He is kind.", ["I see Dr. Lee at St. Mary's.", "He is kind."]),
            ("It costs 3.50 euros; see 5.5.18. Fine!", ["It costs 3.50 euros;", "see 5.5.18.", "Fine!"]),
            ("Facts:\n- name Frank\n2. dog Rex\n• 3 cats", ["Facts:", "name Frank", "dog Rex", "3 cats"]),
            ("我叫王芳。你呢？好！", ["我叫王芳。", "你呢？", "好！"]),
            ("At 3 p.m. I leave. Ok?", ["At 3 p.m.", "I leave.", "Ok?"]),
        ])
    func sentences(_ text: String, _ expected: [String]) {
        #expect(SentenceSplitter.sentences(of: text) == expected)
    }

    @Test(
        "brings forms of a word together",
        arguments: [
            ("lives", "living"), ("allergies", "allergy"), ("travelling", "travels"), ("met", "meeting"),
            ("children", "child"),
            ("running", "ran"), ("studied", "studies"), ("boxes", "box"), ("liked", "like"), ("moved", "moving"),
        ])
    func stems(_ one: String, _ other: String) {
        #expect(EnglishStem.stem(one) == EnglishStem.stem(other))
    }

    @Test("keeps words apart that only look alike", arguments: [("hate", "hats"), ("living", "liver"), ("us", "use")])
    func apart(_ one: String, _ other: String) {
        #expect(EnglishStem.stem(one) != EnglishStem.stem(other))
    }

    @Test("undoes contractions and keeps numbers whole")
    func tokens() {
        #expect(Tokenizer.tokens(of: "I can't eat 3.5kg").map(\.form) == ["i", "can", "not", "eat", "3.5", "kg"])
        #expect(Tokenizer.tokens(of: "at 6:15, €40,000").map(\.form) == ["at", "6:15", ",", "€", "40,000"])
        #expect(Tokenizer.tokens(of: "my sister's dog").map(\.form) == ["my", "sister", "dog"])
    }

    @Test(
        "tells questions and requests",
        arguments: [
            "What is my name?", "Tell me my name.", "how wide must a door be", "Please remind me what my name is",
            "I want to know how wide a door must be.", "Could you tell me my age?", "我叫什么名字", "告诉我我的生日", "我喜欢喝茶吗",
            "请问疏散门多宽",
            "evacuation doors", "疏散门净宽",
        ])
    func questions(_ text: String) {
        let utterances = MessageReader.utterances(of: text)
        #expect(utterances.count == 1)
        guard case .question = utterances.first else {
            Issue.record("\(utterances)")
            return
        }
    }

    @Test(
        "tells statements",
        arguments: [
            "My name is Frank", "Remember that my code is 1234.", "Remind me to call Anna on Friday.",
            "When I was five I lived in Rome.",
            "What I like most is jazz.", "Budget: 3000", "我叫王芳", "记住我的密码是1234", "我什么都吃", "提醒我明天去看牙医", "Call me Bo.",
        ])
    func statements(_ text: String) {
        for utterance in MessageReader.utterances(of: text) {
            guard case .statement = utterance else {
                Issue.record("\(utterance)")
                return
            }
        }
    }

    @Test("parts a statement from the question that follows it")
    func mixed() {
        let english = MessageReader.utterances(of: "My name is Frank, how wide must a door be?")
        #expect(english.count == 2)
        #expect(english.last == .question("how wide must a door be?"))
        let chinese = MessageReader.utterances(of: "我叫王芳，疏散门要多宽？")
        #expect(chinese.count == 2)
        #expect(chinese.last == .question("疏散门要多宽？"))
    }

    @Test("makes a fact of each clause")
    func clauses() {
        func texts(_ message: String) -> [String] {
            MessageReader.utterances(of: message).compactMap {
                if case .statement(let one) = $0 { one.text } else { nil }
            }
        }
        #expect(texts("我叫王芳，住在上海，对海鲜过敏，女儿今年六岁。") == ["我叫王芳", "住在上海", "对海鲜过敏", "女儿今年六岁"])
        #expect(
            texts("I live in Rome, I own a boat and my dog is called Rex.") == [
                "I live in Rome", "I own a boat", "my dog is called Rex",
            ])
        #expect(texts("I live with my wife and my two kids.") == ["I live with my wife and my two kids"])
    }

    @Test(
        "finds clauses named by number",
        arguments: [
            ("clause 5.5.18 of GB 50016", "GB 50016", "5.5.18"), ("GB 50016-2014 第5.5.18条", "GB 50016-2014", "5.5.18"),
            ("TL-CS 610第三条", "TL-CS 610", "第三条"), ("Article 12 of ISO9001", "ISO9001", "12"),
            ("What does TL-FS 100 5.2.3 say?", "TL-FS 100", "5.2.3"),
        ])
    func references(_ text: String, _ document: String, _ number: String) {
        #expect(ClauseReference.all(in: text) == [ClauseReference(document: document, number: number)])
    }

    @Test("takes no plain number for a clause", arguments: ["I have 3 cats", "It costs 3.50 euros", "三个人", "Room 12"])
    func noReference(_ text: String) {
        #expect(ClauseReference.all(in: text).isEmpty)
    }

    @Test("recognises kinds of values")
    func values() {
        #expect(Reading("on 3 May 1988").values.contains(.date))
        #expect(Reading("at 3 pm").values.contains(.time))
        #expect(Reading("下午两点").values.contains(.time))
        #expect(Reading("40,000 euros").values.contains(.money))
        #expect(Reading("五万元").values.contains(.money))
        #expect(Reading("is 72 kg").values.contains(.measure))
        #expect(Reading("in Lisbon").values.contains(.place))
        #expect(Reading("anna@example.com").values.contains(.email))
        #expect(Reading("for 3 weeks").values.contains(.duration))
    }

    @Test("has every parent in the concept table, and no concept without words")
    func table() {
        let table = ConceptTable.standard
        #expect(table.concepts.count > 250)
        for concept in table.concepts { #expect(!concept.english.isEmpty, "\(concept.name)") }
    }
}
