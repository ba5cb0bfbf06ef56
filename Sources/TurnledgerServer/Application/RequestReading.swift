// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import TurnledgerStore

/// Reads a request's whole body.
enum RequestBodyReader {
    /// Reads a body that is to be JSON.
    ///
    /// A page of another origin may send forms and plain text without asking first, but not JSON: what says that it is
    /// something else is refused. A body that does not say what it is is read.
    ///
    /// - Throws: `RequestError` with 415 for another content type or a compressed body, 413 for a body of more than
    ///   `limit` bytes.
    static func read(_ request: Request, limit: Int) async throws -> [UInt8] {
        if let type = request.headers[.contentType], !isJSON(type) { throw RequestError.notJSON }
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw RequestError.compressed
        }
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw RequestError.tooLarge(limit)
        }
        do {
            let buffer = try await request.body.collect(upTo: limit)
            return Array(buffer: buffer)
        } catch is NIOTooManyBytesError {
            throw RequestError.tooLarge(limit)
        }
    }

    /// Reads a body that must be a JSON object.
    ///
    /// - Throws: `RequestError` as `read` does, and with 400 for what is no JSON object of at most 64 levels.
    static func object(_ request: Request, limit: Int) async throws -> JSONObject {
        let bytes = try await read(request, limit: limit)
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes, limits: PayloadLimits(depth: 64, values: 100_000, bytes: limit))
        } catch {
            throw RequestError.invalid("The body is not valid JSON: \(error.detail)")
        }
        guard case .object(let object) = json else { throw RequestError.invalid("The body must be a JSON object.") }
        return object
    }

    /// `application/json` or a type that ends in `+json`, whatever its parameters.
    private static func isJSON(_ type: String) -> Bool {
        let name = type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        return name == "application/json" || name.hasPrefix("application/") && name.hasSuffix("+json")
    }
}

extension Request {
    /// A parameter of the query, decoded as forms are: `+` is a space.
    func queryValue(_ name: String) -> String? { queryValues(name).first }

    /// All values of a parameter that may come more than once.
    func queryValues(_ name: String) -> [String] {
        (uri.query ?? "").split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard String(parts[0]).percentDecoded == name else { return nil }
            return parts.count > 1 ? parts[1].replacing("+", with: " ").percentDecoded : ""
        }
    }
}

extension StringProtocol {
    /// The text with `%XX` replaced; as it is where that is not UTF-8 or broken.
    var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue else {
                return String(self)
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self) ?? String(self)
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt8? {
        Character(UnicodeScalar(self)).hexDigitValue.map(UInt8.init)
    }
}
