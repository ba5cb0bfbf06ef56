// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerGraph
import TurnledgerStore

/// The form in which `peer.py` prints what happened.
enum InteropForm {
    static func outcome(
        _ events: [JSONValue], _ error: JSONValue, _ state: StateSnapshot, _ history: [StateSnapshot]
    ) -> JSONValue {
        let tasks: [JSONValue] = state.tasks.map { task in
            [
                "name": .string(task.node), "error": task.error.map { .string($0) } ?? .null,
                "interrupts": .array(task.interrupts.map(interrupt)), "result": task.result.map(plain) ?? .null,
            ]
        }
        let steps: [JSONValue] = history.reversed().map { item in
            [
                "values": plain(item.values), "next": .array(item.next.map { .string($0) }),
                "step": item.metadata.json["step"] ?? .null, "source": item.metadata.json["source"] ?? .null,
            ]
        }
        return [
            "events": .array(events), "error": error,
            "state": [
                "values": plain(state.values), "next": .array(state.next.map { .string($0) }),
                "interrupts": .array(state.interrupts.map(interrupt)), "tasks": .array(tasks),
            ],
            "history": .array(steps),
        ]
    }

    static func event(_ event: GraphEvent) -> JSONValue {
        let (mode, payload) = content(event.content)
        return ["ns": .array(event.namespace.map { .string($0) }), "mode": .string(mode), "payload": payload]
    }

    private static func content(_ content: GraphEvent.Content) -> (String, JSONValue) {
        switch content {
        case .values(let values, let interrupts):
            var payload = plain(values)
            if !interrupts.isEmpty {
                var object = payload.object ?? [:]
                object["__interrupt__"] = .array(interrupts.map(interrupt))
                payload = .object(object)
            }
            return ("values", payload)
        case .updates(let update):
            let values = update.values.map(plain)
            var object: JSONObject = [:]
            object[update.node] = values.isEmpty ? .null : values.count == 1 ? values[0] : .array(values)
            if update.isCached { object["__metadata__"] = ["cached": true] }
            return ("updates", .object(object))
        case .interrupted(let asked): return ("updates", ["__interrupt__": .array(asked.map(interrupt))])
        case .custom(let value): return ("custom", plain(value))
        case .task(let task):
            return (
                "tasks",
                [
                    "name": .string(task.node), "input": plain(task.input),
                    "triggers": .array(task.triggers.map { .string($0) }),
                ]
            )
        case .taskResult(let end):
            return (
                "tasks",
                [
                    "name": .string(end.node), "result": plain(end.result),
                    "error": end.error.map { .string($0) } ?? .null,
                    "interrupts": .array(end.interrupts.map(fields)),
                ]
            )
        case .checkpoint(let summary):
            let tasks: [JSONValue] = summary.tasks.map { task in
                let result = task.result.flatMap { $0.map?.isEmpty == true || $0.isNull ? nil : $0 }
                return [
                    "name": .string(task.node), "interrupts": .array(task.interrupts.map(fields)),
                    "result": result.map(plain) ?? .null,
                ]
            }
            return (
                "checkpoints",
                [
                    "values": plain(summary.values), "next": .array(summary.next.map { .string($0) }),
                    "step": summary.metadata["step"] ?? .null, "source": summary.metadata["source"] ?? .null,
                    "tasks": .array(tasks),
                ]
            )
        case .message(let message, _): return ("messages", plain(message))
        case .debug: return ("debug", .null)
        }
    }

    private static func interrupt(_ value: Interrupt) -> JSONValue {
        ["interrupt": plain(value.value), "id": .string(value.id)]
    }

    private static func fields(_ value: Interrupt) -> JSONValue {
        ["value": plain(value.value), "id": .string(value.id), "response_schema": .null]
    }

    /// A payload as JSON that both sides print alike.
    static func plain(_ value: PayloadValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(plain))
        case .map(let map):
            return .object(
                JSONObject(
                    members: map.entries.map { .init(key: $0.key.string ?? "?", value: plain($0.value)) }))
        case .ext(let ext):
            if let send = ext.asSend { return ["send": .string(send.node), "arg": plain(send.arg)] }
            if let asked = ext.asInterrupt {
                return ["interrupt": plain(asked.value), "id": .string(asked.id ?? "")]
            }
            if let snapshot = ext.asDeltaSnapshot { return plain(snapshot) }
            guard let object = ext.asObject else { return "?" }
            if object.name == "Overwrite" { return ["overwrite": plain(object.argument.map?["value"] ?? .null)] }
            if object.name == "set" {
                return .array((object.argument.array ?? []).map(plain).sorted { $0.sortedText < $1.sortedText })
            }
            let fields = object.argument.map ?? [:]
            return [
                "message": plain(fields["type"] ?? .null), "content": plain(fields["content"] ?? .null),
                "id": plain(fields["id"] ?? .null),
            ]
        default: return JSONValue(value) ?? "?"
        }
    }

    /// Text in which IDs that are random, or made of such, are told by their kind alone.
    static func withoutIDs(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "#")
            .replacing(/"[0-9a-f]{32}"/, with: "\"#\"")
            // Python may give a message its ID before or after its write is stored.
            .replacing(/"id":null,"message"/, with: "\"id\":\"#\",\"message\"")
    }
}
