// Turnledger. SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// Parses one document of UTF-8, strictly as RFC 8259 has it.
    ///
    /// Surrogate pairs are joined; a lone surrogate, text that is not UTF-8, a byte order mark and numbers that JSON
    /// does not have (NaN among them) are refused. A key that repeats is kept each time.
    /// - Throws: `.undecodable` with the byte where it went wrong.
    public static func parse(
        _ bytes: [UInt8], limits: PayloadLimits = .standard
    ) throws(StoreError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw StoreError(.undecodable, "JSON of \(bytes.count) bytes; at most \(limits.bytes) are read.")
        }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(StoreError) in
            var parser = JSONParser(buffer: buffer, limits: limits)
            return try parser.document()
        }
    }

    /// Parses one document as Python's `json.loads` does: with a byte order mark before it, with `NaN`, `Infinity` and
    /// `-Infinity`, and with lone surrogates, which become `?` as ormsgpack writes them.
    static func parsePython(_ bytes: [UInt8], limits: PayloadLimits) throws(StoreError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw StoreError(.undecodable, "JSON of \(bytes.count) bytes; at most \(limits.bytes) are read.")
        }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        return try bytes.withUnsafeBufferPointer { (buffer) throws(StoreError) in
            var parser = JSONParser(buffer: buffer, limits: limits)
            parser.isPython = true
            parser.offset = start
            return try parser.document()
        }
    }

    /// Parses one document of text; see `parse(_:limits:)` for bytes.
    public static func parse(_ text: String, limits: PayloadLimits = .standard) throws(StoreError) -> JSONValue {
        try parse(Array(text.utf8), limits: limits)
    }
}

/// Reads one JSON document in a single pass.
struct JSONParser {
    let buffer: UnsafeBufferPointer<UInt8>
    let limits: PayloadLimits
    /// Whether what Python's parser takes beyond RFC 8259 is taken too.
    fileprivate var isPython = false
    fileprivate var offset = 0
    private var values = 0

    init(buffer: UnsafeBufferPointer<UInt8>, limits: PayloadLimits) {
        self.buffer = buffer
        self.limits = limits
    }

    mutating func document() throws(StoreError) -> JSONValue {
        skipSpace()
        let result = try value(depth: 0)
        skipSpace()
        guard offset == buffer.count else { throw failure("Something after the end of the document") }
        return result
    }

    private mutating func value(depth: Int) throws(StoreError) -> JSONValue {
        values += 1
        guard values <= limits.values else { throw failure("More than \(limits.values) values") }
        guard let byte = peek else { throw failure("The end where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object(depth))
        case UInt8(ascii: "["): return .array(try array(depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where isPython: return try word("NaN", .double(.nan))
        case UInt8(ascii: "I") where isPython: return try word("Infinity", .double(.infinity))
        default: throw failure("No value")
        }
    }

    private mutating func object(_ depth: Int) throws(StoreError) -> JSONObject {
        try open(depth)
        var members: [JSONObject.Member] = []
        if skip(UInt8(ascii: "}")) { return JSONObject() }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw failure("No key") }
            let key = try string()
            skipSpace()
            guard skip(UInt8(ascii: ":")) else { throw failure("No colon") }
            skipSpace()
            members.append(JSONObject.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw failure("Neither a comma nor the end of the object") }
        return JSONObject(members: members)
    }

    private mutating func array(_ depth: Int) throws(StoreError) -> [JSONValue] {
        try open(depth)
        var elements: [JSONValue] = []
        if skip(UInt8(ascii: "]")) { return elements }
        repeat {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw failure("Neither a comma nor the end of the array") }
        return elements
    }

    private mutating func open(_ depth: Int) throws(StoreError) {
        guard depth < limits.depth else { throw failure("More than \(limits.depth) levels") }
        offset += 1
        skipSpace()
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(StoreError) -> JSONValue {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard buffer[offset...].starts(with: expected) else { throw failure("No value") }
        offset += expected.count
        return value
    }

    private mutating func number() throws(StoreError) -> JSONValue {
        let start = offset
        if skip(UInt8(ascii: "-")), isPython, peek == UInt8(ascii: "I") {
            return try word("Infinity", .double(-.infinity))
        }
        if !skip(UInt8(ascii: "0")) { try digits() }
        var isInteger = true
        if skip(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isInteger = false
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: buffer[start..<offset], as: UTF8.self)
        if isInteger { return Int64(text).map { .integer($0) } ?? .number(text) }
        if let value = Double(text), value.isFinite,
            PythonFloat.Decimal(value.description) == PythonFloat.Decimal(text)
        {
            return .double(value)
        }
        return .number(text)
    }

    private mutating func digits() throws(StoreError) {
        let start = offset
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        if offset == start { throw failure("No digit") }
    }

    private mutating func string() throws(StoreError) -> String {
        offset += 1
        let start = offset
        var isASCII: UInt8 = 0
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
            isASCII |= byte
            offset += 1
        }
        guard peek == UInt8(ascii: "\"") else { return try stringWithEscapes(from: start) }
        defer { offset += 1 }
        let slice = UnsafeBufferPointer(rebasing: buffer[start..<offset])
        if isASCII < 0x80 { return String(decoding: slice, as: UTF8.self) }
        return try text(slice, from: start)
    }

    /// Goes on where an escape (or what may not stand in text) was met.
    private mutating func stringWithEscapes(from start: Int) throws(StoreError) -> String {
        var bytes = Array(buffer[start..<offset])
        while true {
            guard let byte = peek else { throw failure("The end within text") }
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return try bytes.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                    try text(bytes, from: start)
                }
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case ..<0x20: throw failure("A control character within text")
            default:
                bytes.append(byte)
                offset += 1
            }
        }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(StoreError) {
        let start = offset
        offset += 1
        guard let code = peek else { throw failure("The end within text") }
        offset += 1
        switch code {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(code)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try scalar(from: start)
            bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
        default: throw failure("An escape that JSON does not have", at: start)
        }
    }

    /// What one `\u` escape, or two that are a pair, stand for; half a pair is an error, or `?` where Python reads.
    private mutating func scalar(from start: Int) throws(StoreError) -> Unicode.Scalar {
        let first = UInt32(try codeUnit())
        if let scalar = Unicode.Scalar(first) { return scalar }
        let behindFirst = offset
        if first & 0xFC00 == 0xD800, skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) {
            let second = UInt32(try codeUnit())
            if second & 0xFC00 == 0xDC00,
                let scalar = Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF))
            {
                return scalar
            }
        }
        guard isPython else { throw failure("Half of a surrogate pair", at: start) }
        offset = behindFirst
        return "?"
    }

    private mutating func codeUnit() throws(StoreError) -> UInt16 {
        var result: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek?.hexadecimalDigit else { throw failure("No hexadecimal digit") }
            result = result << 4 | UInt16(digit)
            offset += 1
        }
        return result
    }

    private func text(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) throws(StoreError) -> String {
        guard let result = String(exactUTF8: bytes) else {
            throw failure("Text that is not UTF-8", at: start)
        }
        return result
    }

    private var peek: UInt8? { offset < buffer.count ? buffer[offset] : nil }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private func failure(_ what: String, at place: Int? = nil) -> StoreError {
        StoreError(.undecodable, "JSON: \(what) at byte \(place ?? offset).")
    }
}
