// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The events of a run in memory. Deltas of one part that follow one another lie in one buffer: tokens are many, and a
/// string and an event for each would take several times their text.
struct RunEventList: Sendable {
    private enum Piece: Sendable {
        case event(RunEvent)
        case deltas(Deltas)

        var count: Int {
            switch self {
            case .event: 1
            case .deltas(let deltas): deltas.ends.count
            }
        }
    }

    /// Closed pieces and the index of the first event of each.
    private var pieces: [(first: Int, piece: Piece)] = []
    /// The deltas that still grow, behind all pieces; apart, so that they grow in place.
    private var growing: Deltas?
    private var closedCount = 0

    var count: Int { closedCount + (growing?.ends.count ?? 0) }

    var last: RunEvent? {
        if let growing { return growing.event(growing.ends.count - 1) }
        switch pieces.last?.piece {
        case .event(let event): return event
        case .deltas(let deltas): return deltas.event(deltas.ends.count - 1)
        case nil: return nil
        }
    }

    mutating func append(_ event: RunEvent) {
        if growing?.append(event) == true { return }
        close()
        if let deltas = Deltas(event) {
            growing = deltas
        } else {
            add(.event(event))
        }
    }

    /// The events from an index on; none where there is none.
    func events(from index: Int) -> [RunEvent] {
        guard index < count else { return [] }
        var events: [RunEvent] = []
        events.reserveCapacity(count - index)
        for (first, piece) in pieces[place(of: index)...] {
            switch piece {
            case .event(let event): events.append(event)
            case .deltas(let deltas): deltas.add(to: &events, from: max(0, index - first))
            }
        }
        growing?.add(to: &events, from: max(0, index - closedCount))
        return events
    }

    private mutating func close() {
        guard let deltas = growing else { return }
        growing = nil
        add(.deltas(deltas))
    }

    private mutating func add(_ piece: Piece) {
        pieces.append((closedCount, piece))
        closedCount += piece.count
    }

    /// The place of the closed piece that holds an index: the end where none does. Followers read at the end.
    private func place(of index: Int) -> Int {
        guard index < closedCount else { return pieces.endIndex }
        return pieces.lastIndex { $0.first <= index } ?? 0
    }
}

extension RunEventList {
    /// Deltas of one part.
    fileprivate struct Deltas: Sendable {
        private enum Kind: Sendable { case text, reasoning, toolInput }

        private let kind: Kind
        private let id: String
        private var text: [UInt8] = []
        /// Where each delta ends in `text`.
        private(set) var ends: [UInt32] = []

        /// - Returns: `nil` where the event is no delta.
        init?(_ event: RunEvent) {
            guard let (kind, id, text) = Self.parts(of: event) else { return nil }
            self.kind = kind
            self.id = id
            add(text)
        }

        /// - Returns: Whether it is a delta of this part, and was added.
        mutating func append(_ event: RunEvent) -> Bool {
            guard let (kind, id, text) = Self.parts(of: event), kind == self.kind, id == self.id,
                self.text.count + text.utf8.count <= UInt32.max
            else { return false }
            add(text)
            return true
        }

        func event(_ index: Int) -> RunEvent {
            let begin = index == 0 ? 0 : Int(ends[index - 1])
            let text = String(decoding: text[begin..<Int(ends[index])], as: UTF8.self)
            return switch kind {
            case .text: .textDelta(id: id, text: text)
            case .reasoning: .reasoningDelta(id: id, text: text)
            case .toolInput: .toolInputDelta(call: id, text: text)
            }
        }

        func add(to events: inout [RunEvent], from index: Int) {
            for index in index..<max(index, ends.count) { events.append(event(index)) }
        }

        private mutating func add(_ delta: String) {
            text.append(contentsOf: delta.utf8)
            ends.append(UInt32(text.count))
        }

        private static func parts(of event: RunEvent) -> (Kind, id: String, text: String)? {
            switch event {
            case .textDelta(let id, let text): (.text, id, text)
            case .reasoningDelta(let id, let text): (.reasoning, id, text)
            case .toolInputDelta(let call, let text): (.toolInput, call, text)
            default: nil
            }
        }
    }
}
