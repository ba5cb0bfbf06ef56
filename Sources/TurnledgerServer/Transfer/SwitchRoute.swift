// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import TurnledgerStore

/// `POST /api/transfer/switch`: has the two stores of a mirror change places. For operators alone.
///
/// JSON, where there is a body: `{"to": "first" | "second"}`, the store configured as primary or as secondary; without it
/// the one that is not the primary now. Answers with what `MirrorSwitch.json` says.
struct SwitchRoute: Sendable {
    let store: any ConversationStore
    /// Owners who may; where nobody is named, only whoever calls a server that asks nobody who they are.
    let operators: Set<String>

    func respond(to request: Request, caller: Caller) async throws -> Response {
        guard operators.isEmpty ? caller.owner == Caller.everybody.owner : operators.contains(caller.owner) else {
            throw RequestError(403, "forbidden", "Only operators may switch the stores: see `auth.operators`.")
        }
        let bytes = try await RequestBodyReader.read(request, limit: 10_000)
        var target: MirrorSide?
        if !bytes.isEmpty {
            guard let json = try? JSONValue.parse(bytes).object else {
                throw RequestError.invalid("The body must be a JSON object, or nothing.")
            }
            if let text = json["to"]?.string {
                target = MirrorSide(rawValue: text)
                guard target != nil else { throw RequestError.invalid("'to' must be 'first' or 'second'.") }
            }
        }
        guard let mirror = store as? any SwitchableStore else {
            throw RequestError.notFound("The store of this server is no mirror: see `store.mirror`.")
        }
        return .json(try await mirror.switchRoles(to: target, actor: caller.owner, catchUp: .seconds(60)).json)
    }
}
