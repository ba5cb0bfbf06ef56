// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent

/// How a run is written for a client.
enum StreamFormat: Hashable, Sendable {
    /// AI SDK 5 to 7.
    case uiMessages(ClientProfile)
    /// AI SDK 4: the data stream.
    case data
    /// Text alone.
    case text

    /// The response headers that belong to the stream.
    var headers: [(name: String, value: String)] {
        switch self {
        case .uiMessages: UIMessageStreamEncoder.headers
        case .data: DataStreamEncoder.headers
        case .text: TextStreamEncoder.headers
        }
    }

    /// What every client skips; empty where there is no such thing.
    var keepAlive: [UInt8] {
        switch self {
        case .uiMessages: UIMessageStreamEncoder.keepAlive
        case .data: DataStreamEncoder.keepAlive
        case .text: []
        }
    }
}

/// Writes a run's events, batch after batch, in one format: a value that goes from events to bytes.
struct StreamEncoder: Sendable {
    private enum State: Sendable {
        case uiMessages(ClientProfile, StreamWindow)
        case data(DataStreamEncoder)
        case text
    }

    private var state: State

    init(_ format: StreamFormat, _ window: StreamWindow = .whole) {
        switch format {
        case .uiMessages(let profile): state = .uiMessages(profile, window)
        case .data: state = .data(DataStreamEncoder())
        case .text: state = .text
        }
    }

    /// The bytes of events that came together, to be written together.
    mutating func encode(_ events: [RunEvent]) -> [UInt8] {
        switch state {
        case .uiMessages(let profile, var window):
            defer { state = .uiMessages(profile, window) }
            return UIMessageStreamEncoder.encode(events, for: profile, through: &window)
        case .data(var encoder):
            defer { state = .data(encoder) }
            return encoder.encode(events)
        case .text: return TextStreamEncoder.encode(events)
        }
    }
}
