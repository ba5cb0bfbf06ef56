// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What happens in a turn, as the scheduler was told of it: told again, in order, it decides the same.
///
/// An entry of a turn's journal is an array: a name, the moment (microseconds, fraction, seed), then what the name needs.
enum TurnEvent: Sendable {
    case began(Scheduler.Input, metadata: JSONObject, Moment)
    case called(String, input: PayloadValue, by: TaskID, index: Int, Moment)
    case ended(TaskID, [NodeOutput.Write], Moment)
    case found(TaskID, [NodeOutput.Write], Moment)
    case interrupted(TaskID, [Interrupt], answers: [NodeOutput.Write], Moment)
    case failed(TaskID, text: String, writes: [NodeOutput.Write], Moment)
    /// A task begins that may not run twice.
    case marked(TaskID, Moment)

    /// - Throws: `.undecodable` for what this version does not know.
    init(_ payload: Payload) throws(StoreError) {
        let parts = try payload.decoded().array ?? []
        guard parts.count >= 4, let moment = Self.moment(parts[1...3]) else { throw Self.undecodable }
        let rest = Array(parts[4...])
        func task() throws(StoreError) -> TaskID {
            guard let id = rest.first?.string else { throw Self.undecodable }
            return TaskID(id)
        }
        func writes(_ place: Int) throws(StoreError) -> [NodeOutput.Write] {
            guard rest.count > place, let writes = Self.writes(rest[place]) else { throw Self.undecodable }
            return writes
        }
        switch parts[0] {
        case "began":
            guard rest.count == 2, case .string(let text) = rest[0],
                let metadata = (try? JSONValue.parse(text))?.object, let input = Self.input(rest[1])
            else { throw Self.undecodable }
            self = .began(input, metadata: metadata, moment)
        case "called":
            guard rest.count == 4, let name = rest[2].string, let index = rest[1].integer else {
                throw Self.undecodable
            }
            self = .called(name, input: rest[3], by: try task(), index: Int(index), moment)
        case "ended": self = .ended(try task(), try writes(1), moment)
        case "found": self = .found(try task(), try writes(1), moment)
        case "interrupted":
            guard rest.count == 3 else { throw Self.undecodable }
            self = .interrupted(
                try task(), rest[1].array?.isEmpty == true ? [] : Interrupt.list(in: rest[1]), answers: try writes(2),
                moment)
        case "failed":
            guard rest.count == 3, let text = rest[1].string else { throw Self.undecodable }
            self = .failed(try task(), text: text, writes: try writes(2), moment)
        case "marked": self = .marked(try task(), moment)
        default: throw Self.undecodable
        }
    }

    var payload: Payload {
        switch self {
        case .began(let input, let metadata, let moment):
            Self.entry("began", moment, .string(JSONValue.object(metadata).text), Self.value(input))
        case .called(let name, let input, let parent, let index, let moment):
            Self.entry(
                "called", moment, .string(parent.rawValue), .integer(Int64(index)), .string(name), input)
        case .ended(let id, let writes, let moment):
            Self.entry("ended", moment, .string(id.rawValue), Self.value(writes))
        case .found(let id, let writes, let moment):
            Self.entry("found", moment, .string(id.rawValue), Self.value(writes))
        case .interrupted(let id, let asked, let answers, let moment):
            Self.entry(
                "interrupted", moment, .string(id.rawValue), .array(asked.map(\.payload)), Self.value(answers))
        case .failed(let id, let text, let writes, let moment):
            Self.entry("failed", moment, .string(id.rawValue), .string(text), Self.value(writes))
        case .marked(let id, let moment): Self.entry("marked", moment, .string(id.rawValue))
        }
    }

    private static let undecodable = StoreError(
        .undecodable, "The journal of a turn holds what this version does not know.")

    private static func entry(_ name: String, _ moment: Moment, _ parts: PayloadValue...) -> Payload {
        Payload(
            .array(
                [
                    .string(name), .integer(moment.time.microseconds), .double(moment.fraction),
                    .integer(Int64(bitPattern: moment.seed)),
                ] + parts))
    }

    private static func moment(_ parts: ArraySlice<PayloadValue>) -> Moment? {
        guard case .integer(let time) = parts[1], case .double(let fraction) = parts[2],
            case .integer(let seed) = parts[3]
        else { return nil }
        return Moment(
            time: Timestamp(microseconds: time), fraction: fraction, seed: UInt64(bitPattern: seed))
    }

    private static func value(_ writes: [NodeOutput.Write]) -> PayloadValue {
        .array(writes.map { .array([.string($0.channel), $0.value]) })
    }

    private static func writes(_ value: PayloadValue) -> [NodeOutput.Write]? {
        value.array?.compactMap { pair in
            guard let pair = pair.array, pair.count == 2, let channel = pair[0].string else { return nil }
            return NodeOutput.Write(channel, pair[1])
        }
    }

    private static func value(_ input: Scheduler.Input) -> PayloadValue {
        switch input {
        case .none: return .null
        case .values(let values): return ["values": values]
        case .command(let command):
            var map: PayloadMap = ["update": value(command.update)]
            map["goto"] = .array(
                command.goto.map { next in
                    switch next {
                    case .to(let node): [.string(node.rawValue)]
                    case .send(let node, let value): [.string(node.rawValue), value]
                    }
                })
            switch command.answer {
            case .value(let answer): map["answer"] = answer
            case .byID(let answers):
                map["answers"] = .map(
                    PayloadMap(
                        entries: answers.sorted { $0.key < $1.key }.map { .init(key: .string($0.key), value: $0.value) }
                    ))
            case nil: break
            }
            return .map(map)
        }
    }

    private static func input(_ value: PayloadValue) -> Scheduler.Input? {
        if value.isNull { return Scheduler.Input.none }
        guard let map = value.map else { return nil }
        if let values = map["values"] { return .values(values) }
        guard let update = map["update"].flatMap(writes) else { return nil }
        let goto: [Next] = (map["goto"]?.array ?? []).compactMap { next in
            guard let parts = next.array, let node = parts.first?.string else { return nil }
            return parts.count > 1 ? .send(NodeName(node), parts[1]) : .to(NodeName(node))
        }
        var answer: GraphCommand.Answer?
        if let value = map["answer"] { answer = .value(value) }
        if let answers = map["answers"]?.map {
            let pairs = answers.entries.compactMap { entry in entry.key.string.map { ($0, entry.value) } }
            answer = .byID(Dictionary(pairs) { first, _ in first })
        }
        return .command(GraphCommand(answer: answer, update: update, goto: goto))
    }
}
