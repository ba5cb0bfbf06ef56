// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Something that an answer relies on: clients show it below the answer.
public struct AnswerSource: Hashable, Sendable {
    /// Unique in a message.
    public var id: String
    public var title: String
    /// What kind of document it is.
    public var mediaType: String
    /// Where it can be read; `nil`: it is a document without an address.
    public var url: String?

    public init(id: String, title: String, mediaType: String = "text/plain", url: String? = nil) {
        self.id = id
        self.title = title
        self.mediaType = mediaType
        self.url = url
    }
}

/// A tool in whose results the model finds what it cites.
public protocol SourceTool: Tool {
    /// What can be cited of a result.
    func sources(in result: JSONValue) -> [CitableSource]
}

/// A source, and how answers write that they rely on it.
public struct CitableSource: Hashable, Sendable {
    public var source: AnswerSource
    /// Any of these names it. One that goes on with digits, as 5.2 does in 5.2.1, names something else.
    public var names: [String]

    public init(_ source: AnswerSource, names: [String]) {
        self.source = source
        self.names = names
    }

    /// Whether a text cites it.
    func isCited(in text: String) -> Bool {
        names.contains { name in
            !name.isEmpty && text.ranges(of: name).contains { !Self.goesOn(text[$0.upperBound...]) }
        }
    }

    private static func goesOn(_ rest: Substring) -> Bool {
        if let next = rest.first, next.isASCII, next.isLetter { return true }
        return rest.prefix { $0 == "." || $0.isNumber }.contains(where: \.isNumber)
    }
}

extension AnswerSource {
    /// The source as messages and the log keep it: `id`, `title`, `mediaType`, `url`.
    package var json: JSONValue {
        var json: JSONObject = ["id": .string(id), "title": .string(title), "mediaType": .string(mediaType)]
        if let url { json["url"] = .string(url) }
        return .object(json)
    }

    package init?(json: JSONValue) {
        guard let id = json["id"]?.string, let title = json["title"]?.string else { return nil }
        self.init(
            id: id, title: title, mediaType: json["mediaType"]?.string ?? "text/plain", url: json["url"]?.string)
    }
}
