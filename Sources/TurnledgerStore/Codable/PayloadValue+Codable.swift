// Turnledger. SPDX-License-Identifier: Apache-2.0

/// `PayloadEncoder` and `PayloadDecoder` take a payload within a type as it is; other coders see the JSON that it is.
extension PayloadValue: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.singleValueContainer().decode(JSONValue.self).payloadValue
    }

    /// - Throws: `EncodingError` where the coder is not `PayloadEncoder` and the payload is not JSON.
    public func encode(to encoder: any Encoder) throws {
        guard let json = JSONValue(self) else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "The payload is not JSON."))
        }
        var container = encoder.singleValueContainer()
        try container.encode(json)
    }
}
