// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// The channels of a state type, looked up once per type.
struct StateLayout<State: GraphState>: Sendable {
    let channels: [Channel<State>]
    private let byPath: [ObjectPath: Int]

    private struct ObjectPath: Hashable, @unchecked Sendable {
        // Key paths are immutable; those of channels are declared Sendable.
        let path: PartialKeyPath<State>
    }

    private init() {
        channels = State.channels
        byPath = Dictionary(channels.enumerated().map { (ObjectPath(path: $1.path), $0) }) { first, _ in first }
    }

    subscript(path: PartialKeyPath<State>) -> Channel<State>? {
        byPath[ObjectPath(path: path)].map { channels[$0] }
    }

    static func of(_ type: State.Type) -> StateLayout<State> {
        let key = ObjectIdentifier(type)
        if let known = StateLayouts.all.withLock({ $0[key] }) as? StateLayout<State> { return known }
        let layout = StateLayout<State>()
        StateLayouts.all.withLock { $0[key] = layout }
        return layout
    }
}

private enum StateLayouts {
    static let all = Mutex<[ObjectIdentifier: any Sendable]>([:])
}
