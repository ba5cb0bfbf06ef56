// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerRetrieval

@Suite("Numbers and words of regulations")
struct TextTests {
    @Test(
        "a Chinese numeral has a value",
        arguments: [
            ("十", 10), ("十二", 12), ("二十", 20), ("一百零五", 105), ("一百二十", 120), ("一二〇", 120), ("两千零一", 2001),
        ])
    func numeral(text: String, value: Int) { #expect(ChineseNumeral.value(text) == value) }

    @Test("every numeral that is written is read as the same number")
    func numeralRoundTrip() throws {
        for number in 1...9999 {
            let text = try #require(ChineseNumeral.text(number))
            #expect(ChineseNumeral.value(text) == number)
        }
        let texts = [12, 105, 120].compactMap { ChineseNumeral.text($0) }
        #expect(texts == ["十二", "一百零五", "一百二十"])
        #expect(ChineseNumeral.text(0) == nil)
        #expect(["", "条", "12"].allSatisfy { ChineseNumeral.value($0) == nil })
    }

    @Test(
        "a word's endings are taken off",
        arguments: [
            ("doors", "door"), ("caresses", "caress"), ("ponies", "poni"), ("hopping", "hop"), ("falling", "fall"),
            ("happy", "happi"), ("relational", "relat"), ("electricity", "electr"), ("generalizations", "gener"),
            ("evacuation", "evacu"), ("evacuated", "evacu"), ("evacuating", "evacu"), ("as", "as"), ("é", "é"),
        ])
    func stem(word: String, stem: String) { #expect(PorterStemmer.stem(word) == stem) }

    @Test(
        "a number has one key, however it is written",
        arguments: [
            ("12", "12"), ("Article 12", "12"), ("第十二条", "12"), ("第12条", "12"), ("第十二条之一", "12-1"),
            ("Annex III", "annex 3"), ("附件三", "annex 3"), ("5.2.3/2", "5.2.3"),
        ])
    func key(number: String, key: String) { #expect(ClauseNumber.key(number) == key) }

    @Test("a sentence that begins with a number's word is no clause of its own")
    func markers() {
        #expect(ClauseNumber.marker(of: "Article 12 Scope")?.number == "Article 12")
        #expect(ClauseNumber.marker(of: "Article 12 applies to boats.") == nil)
        #expect(ClauseNumber.marker(of: "0.9 m is enough.") == nil)
    }

    @Test("terms hold nothing that a query language understands")
    func terms() {
        let english = Tokenizer.terms("The company's \"doors\" (0.90 m), NEAR*")
        #expect(english == ["the", "compani", "door", "0.90", "0.9", "m", "near"])
        #expect(Tokenizer.terms("疏散门1,200毫米") == ["疏散", "散门", "门", "1200", "毫米", "米"])
    }
}
