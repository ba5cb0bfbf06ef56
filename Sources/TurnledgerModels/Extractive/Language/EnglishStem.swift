// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Brings the forms of an English word together: "lives", "lived" and "living" become one.
///
/// Light on purpose: plural, past and -ing endings and the common irregular forms; the concept table joins the rest.
enum EnglishStem {
    static func stem(_ word: String) -> String {
        if asTheyAre.contains(word) { return word }
        if word == "buildings" { return "building" }
        if let regular = irregular[word] { return cut(regular) }
        return cut(word)
    }

    /// Words of grammar that have no forms.
    private static let asTheyAre: Set<String> = [
        "where", "whose", "there", "these", "those", "please", "because", "before", "above", "inside", "outside",
        "since", "building",
    ]

    private static func cut(_ word: String) -> String {
        var bytes = Array(word.utf8)
        guard bytes.count > 3, bytes.allSatisfy({ $0 < 0x80 }) else { return word }
        if ends(bytes, "ies"), bytes.count > 4 {
            bytes.removeLast(3)
            bytes.append(UInt8(ascii: "y"))
        } else if ends(bytes, "sses") || ends(bytes, "shes") || ends(bytes, "ches") || ends(bytes, "xes") {
            bytes.removeLast(2)
        } else if ends(bytes, "s"), !ends(bytes, "ss"), !ends(bytes, "us"), !ends(bytes, "is") {
            bytes.removeLast()
        }
        if ends(bytes, "ing"), hasVowel(bytes.dropLast(3)), bytes.count > 5 {
            bytes.removeLast(3)
            undouble(&bytes)
        } else if ends(bytes, "ied"), bytes.count > 4 {
            bytes.removeLast(3)
            bytes.append(UInt8(ascii: "y"))
        } else if ends(bytes, "ed"), !ends(bytes, "eed"), hasVowel(bytes.dropLast(2)), bytes.count > 4 {
            bytes.removeLast(2)
            undouble(&bytes)
        }
        if bytes.count > 4, bytes.last == UInt8(ascii: "e") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func ends(_ bytes: [UInt8], _ suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        return suffix.withUTF8Buffer { bytes.suffix(count).elementsEqual($0) }
    }

    private static func isVowel(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"),
            UInt8(ascii: "y"):
            true
        default: false
        }
    }

    private static func hasVowel(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.contains(where: isVowel) }

    /// "running" is from "run", "travelling" from "travel", "living" from "live".
    private static func undouble(_ bytes: inout [UInt8]) {
        guard bytes.count >= 3, let last = bytes.last, !isVowel(last) else { return }
        if bytes.count > 3, bytes[bytes.count - 2] == last {
            let keeps = last == UInt8(ascii: "s") || last == UInt8(ascii: "l") && bytes.count < 7
            if !keeps { bytes.removeLast() }
        } else if bytes.count == 3, isVowel(bytes[1]), !isVowel(bytes[0]), last != UInt8(ascii: "w"),
            last != UInt8(ascii: "x")
        {
            bytes.append(UInt8(ascii: "e"))
        }
    }

    private static let irregular: [String: String] = {
        let table = """
            be: am is are was were been being; have: has had having; do: does did done doing; go: goes went gone
            child: children; wife: wives; life: lives'; foot: feet; tooth: teeth; man: men; woman: women; mouse: mice
            eat: ate eaten; drink: drank drunk; drive: drove driven; meet: met; buy: bought; spend: spent; tell: told
            teach: taught; see: saw seen; wear: wore worn; fly: flew flown flies; speak: spoke spoken; write: wrote written
            sleep: slept; pay: paid; keep: kept; leave: left; begin: began begun; grow: grew grown; sing: sang sung
            swim: swam swum; run: ran; ride: rode ridden; sell: sold; get: got gotten; make: made; take: took taken
            give: gave given; find: found; say: said; think: thought; know: knew known; break: broke broken
            fall: fell fallen; hide: hid hidden; lose: lost; steal: stole stolen; choose: chose chosen; bring: brought
            catch: caught; feel: felt; hold: held; read: reads; sit: sat; stand: stood; win: won; wake: woke woken
            come: came; become: became; build: built; lend: lent; send: sent; hear: heard; learn: learnt; tear: tore torn
            raise: raised raising; shelf: shelves; leaf: leaves'; knife: knives; person: persons; bus: buses; lie: lay lying
            draw: drew drawn; throw: threw thrown; forget: forgot forgotten; die: died dying; tie: tied tying
            use: used using uses; house: houses; size: sizes; age: ages; movie: movies; cookie: cookies; shoe: shoes
            nephew: nephews; lens: lens; glasses: glasses; news: news; gas: gas; kids: kid
            series: series; physics: physics; maths: maths; lie: lies; good: better; bad: worse
            """
        var forms: [String: String] = [:]
        for entry in table.split(whereSeparator: { $0 == ";" || $0 == "\n" }) {
            let sides = entry.split(separator: ":", maxSplits: 1)
            guard sides.count == 2 else { continue }
            let base = sides[0].trimmed()
            for form in sides[1].split(separator: " ") { forms[form.trimmed { $0 == "'" || $0.isSpace }] = base }
        }
        // "lives" and "leaves" are verbs more often than plurals.
        forms["lives"] = "live"
        forms["leaves"] = "leave"
        return forms
    }()
}
