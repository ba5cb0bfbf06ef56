// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Turns a client's user message into a human message and back.
///
/// Text becomes the message's content. Files become content blocks that models understand: `image_url` for pictures,
/// `file` for others. A message that is more than one piece of text keeps its parts, and its metadata, as they came
/// under `additional_kwargs.turnledger`: `parts`, `metadata`; a file's part names the content block that has its URL, which
/// may be the whole file, so that it is stored once.
enum ClientMessage {
    // MARK: From the client

    static func human(
        from json: JSONObject, maximumFileSize: Int, newID: () -> String
    ) throws(RequestError) -> Message {
        let parts = try parts(of: json)
        for part in parts where fileSize(of: part) > maximumFileSize { throw .fileTooLarge(maximumFileSize) }
        var message = Message(role: .human, content: content(of: parts), id: try id(of: json) ?? newID())
        var own = PayloadMap()
        if !isOneText(parts) { own["parts"] = JSONValue.array(kept(parts)).payloadValue }
        if let metadata = json["metadata"], !metadata.isNull { own["metadata"] = metadata.payloadValue }
        if !own.isEmpty { message.additionalKwargs["turnledger"] = .map(own) }
        return message
    }

    private static func id(of json: JSONObject) throws(RequestError) -> String? {
        guard let value = json["id"], !value.isNull, value.string != "" else { return nil }
        guard let text = value.string else { throw .invalid("The message's 'id' must be a string.") }
        do {
            try ThreadID.validate(text, as: "message id")
        } catch {
            throw .invalid(error.detail)
        }
        return text
    }

    private static func parts(of json: JSONObject) throws(RequestError) -> [JSONObject] {
        guard let value = json["parts"], !value.isNull else {
            // Clients before version 5 have `content`.
            guard let text = json["content"]?.string else { throw .invalid("The message has no 'parts'.") }
            guard !isBlank(text) else { throw .invalid("The message is empty.") }
            return [["type": "text", "text": .string(text)]]
        }
        guard let list = value.array else { throw .invalid("The message's 'parts' must be an array.") }
        var parts: [JSONObject] = []
        for (index, value) in list.enumerated() {
            guard case .object(let part) = value else { throw .invalid("Part \(index + 1) must be an object.") }
            try check(part, number: index + 1)
            parts.append(part)
        }
        guard parts.contains(where: { !isBlankText($0) }) else { throw .invalid("The message is empty.") }
        return parts
    }

    /// Checks the members of parts that Turnledger reads; others are kept as they are.
    private static func check(_ part: JSONObject, number: Int) throws(RequestError) {
        guard let type = part["type"]?.string, !type.isEmpty else {
            throw .invalid("Part \(number) has no 'type', or one that is no string.")
        }
        let needed: [String] =
            switch type {
            case "text": ["text"]
            case "file": ["mediaType", "url"]
            default: []
            }
        for name in needed where part[name]?.string == nil {
            throw .invalid("Part \(number), of type '\(type)', needs '\(name)' as a string.")
        }
    }

    /// The bytes of a file that its URL holds, in base64 or percent-encoded; 0 for one that is elsewhere.
    private static func fileSize(of part: JSONObject) -> Int {
        guard part["type"]?.string == "file", let url = part["url"]?.string, url.hasPrefix("data:"),
            let comma = url.utf8.firstIndex(of: UInt8(ascii: ","))
        else { return 0 }
        let size = url.utf8.distance(from: comma, to: url.utf8.endIndex) - 1
        return url[..<comma].hasSuffix(";base64") ? size / 4 * 3 : size
    }

    private static func content(of parts: [JSONObject]) -> Message.Content {
        let texts = parts.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }
        guard parts.contains(where: { $0["type"]?.string == "file" }) else {
            return .text(texts.joined(separator: "\n"))
        }
        return .blocks(parts.compactMap(block))
    }

    /// The parts, with the place of a file's block for its URL.
    private static func kept(_ parts: [JSONObject]) -> [JSONValue] {
        guard parts.contains(where: { $0["type"]?.string == "file" }) else { return parts.map(JSONValue.object) }
        var place = 0
        return parts.map { part in
            guard block(of: part) != nil else { return .object(part) }
            defer { place += 1 }
            guard part["type"]?.string == "file" else { return .object(part) }
            var part = part
            part["url"] = nil
            part["block"] = .integer(Int64(place))
            return .object(part)
        }
    }

    /// A kept part with its URL.
    private static func whole(_ part: JSONValue, _ message: Message) -> JSONValue {
        guard part["type"]?.string == "file", part["url"] == nil, let place = part["block"]?.integer,
            case .blocks(let blocks) = message.content, blocks.indices.contains(Int(place)), var object = part.object
        else { return part }
        let block = blocks[Int(place)]
        object["block"] = nil
        object["url"] = block["image_url"]?["url"] ?? block["file"]?["file_data"] ?? ""
        return .object(object)
    }

    /// A part as a content block of LangChain; `nil` for parts that no model understands.
    private static func block(of part: JSONObject) -> JSONValue? {
        switch part["type"]?.string {
        case "text": return ["type": "text", "text": part["text"] ?? ""]
        case "file":
            let url = part["url"] ?? ""
            if part["mediaType"]?.string?.hasPrefix("image/") == true {
                return ["type": "image_url", "image_url": ["url": url]]
            }
            var file: JSONObject = ["file_data": url]
            if let name = part["filename"]?.string { file["filename"] = .string(name) }
            return ["type": "file", "file": .object(file)]
        default: return nil
        }
    }

    private static func isOneText(_ parts: [JSONObject]) -> Bool {
        parts.count == 1 && parts[0]["type"]?.string == "text" && Set(parts[0].keys) == ["type", "text"]
    }

    private static func isBlankText(_ part: JSONObject) -> Bool {
        part["type"]?.string == "text" && isBlank(part["text"]?.string ?? "")
    }

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    // MARK: To the client

    /// The parts that the client sent, or the message's content as parts. Never empty.
    static func parts(of message: Message) -> [JSONValue] {
        if let kept = message.additionalKwargs["turnledger"]?.map?["parts"],
            let parts = JSONValue(kept)?.array, !parts.isEmpty
        {
            return parts.map { whole($0, message).withoutPrototypeKeys.withoutNullMembers }
        }
        guard case .blocks(let blocks) = message.content else { return [text(message.text)] }
        let parts = blocks.compactMap(part)
        return parts.isEmpty ? [text("")] : parts
    }

    static func metadata(of message: Message) -> JSONValue? {
        message.additionalKwargs["turnledger"]?.map?["metadata"].flatMap { JSONValue($0)?.withoutPrototypeKeys }
    }

    private static func part(of block: JSONValue) -> JSONValue? {
        if let plain = block.string { return text(plain) }
        switch block["type"]?.string {
        case "text": return text(block["text"]?.string ?? "")
        case "image_url":
            guard let url = block["image_url"]?["url"]?.string ?? block["image_url"]?.string else { return nil }
            return ["type": "file", "mediaType": .string(mediaType(of: url) ?? "image/*"), "url": .string(url)]
        case "file":
            guard let url = block["file"]?["file_data"]?.string else { return nil }
            var part: JSONObject = [
                "type": "file", "mediaType": .string(mediaType(of: url) ?? "application/octet-stream"),
                "url": .string(url),
            ]
            if let name = block["file"]?["filename"]?.string { part["filename"] = .string(name) }
            return .object(part)
        default: return nil
        }
    }

    private static func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    /// The media type of a `data:` URL.
    private static func mediaType(of url: String) -> String? {
        guard url.hasPrefix("data:") else { return nil }
        let type = url.dropFirst(5).prefix { $0 != ";" && $0 != "," }
        return type.isEmpty ? nil : String(type)
    }
}

extension JSONValue {
    /// An object without members that are null, which clients refuse in optional fields; anything else as it is.
    fileprivate var withoutNullMembers: JSONValue {
        guard case .object(let object) = self else { return self }
        return .object(JSONObject(members: object.members.filter { !$0.value.isNull || $0.key == "data" }))
    }
}
