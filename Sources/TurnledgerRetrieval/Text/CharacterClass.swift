// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a scalar is to the tokenizer.
enum CharacterClass {
    case letter, digit, ideograph, other

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x30...0x39: self = .digit
        case 0x41...0x5A, 0x61...0x7A: self = .letter
        case 0...0x7F: self = .other
        case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF, 0x3040...0x30FF,
            0xAC00...0xD7AF:
            self = .ideograph
        default: self = scalar.properties.isAlphabetic ? .letter : .other
        }
    }

    /// Full-width forms become ASCII, capitals small, letters of Latin lose their accents.
    static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x41...0x5A: return Unicode.Scalar(scalar.value + 0x20)!
        case 0...0x7F: return scalar
        case 0xFF01...0xFF5E: return folded(Unicode.Scalar(scalar.value - 0xFEE0)!)
        case 0xC0...0x17F:
            return latin[scalar] ?? scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
        case 0x3000...0xD7FF: return scalar
        default: return scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
        }
    }

    /// The share of ideographs among the letters of a text, from 0 to 1.
    static func ideographShare(_ text: some StringProtocol) -> Double {
        var letters = 0
        var ideographs = 0
        for scalar in text.unicodeScalars.prefix(20_000) {
            switch CharacterClass(scalar) {
            case .letter: letters += 1
            case .ideograph: ideographs += 1
            default: break
            }
        }
        return letters + ideographs == 0 ? 0 : Double(ideographs) / Double(letters + ideographs)
    }

    /// `zh` for text that is Chinese to a tenth and more (Latin words have many letters), otherwise `en`.
    static func language(of text: some StringProtocol) -> String { ideographShare(text) >= 0.1 ? "zh" : "en" }

    private static let latin: [Unicode.Scalar: Unicode.Scalar] = {
        let families: [(Unicode.Scalar, String)] = [
            ("a", "àáâãäåāăąÀÁÂÃÄÅĀĂĄ"), ("c", "çćĉċčÇĆĈĊČ"), ("d", "ďđĎĐ"), ("e", "èéêëēĕėęěÈÉÊËĒĔĖĘĚ"),
            ("g", "ĝğġģĜĞĠĢ"), ("i", "ìíîïĩīĭįÌÍÎÏĨĪĬĮİ"), ("l", "ĺļľłĹĻĽŁ"), ("n", "ñńņňÑŃŅŇ"),
            ("o", "òóôõöøōŏőÒÓÔÕÖØŌŎŐ"), ("r", "ŕŗřŔŖŘ"),
            ("s", "śŝşšŚŜŞŠ"), ("t", "ţťŢŤ"), ("u", "ùúûüũūŭůűųÙÚÛÜŨŪŬŮŰŲ"), ("y", "ýÿÝŸ"), ("z", "źżžŹŻŽ"),
        ]
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (plain, accented) in families {
            for scalar in accented.unicodeScalars { table[scalar] = plain }
        }
        return table
    }()
}
