// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Threads by last activity, of all owners and of each: a page costs what it holds, however many threads there are.
struct InMemoryThreadOrder: Sendable {
    private var all: [ThreadCursor] = []
    private var byOwner: [ExactText: [ThreadCursor]] = [:]

    mutating func insert(_ record: ThreadRecord) {
        let place = ThreadCursor(record)
        all.insert(place, at: Self.index(of: place, in: all))
        let owner = ExactText(record.owner)
        let index = Self.index(of: place, in: byOwner[owner] ?? [])
        byOwner[owner, default: []].insert(place, at: index)
    }

    mutating func remove(_ record: ThreadRecord) {
        let place = ThreadCursor(record)
        all.remove(at: Self.index(of: place, in: all))
        let owner = ExactText(record.owner)
        let index = Self.index(of: place, in: byOwner[owner] ?? [])
        byOwner[owner]?.remove(at: index)
        if byOwner[owner]?.isEmpty == true { byOwner[owner] = nil }
    }

    /// The threads behind a cursor, the last active first.
    func threads(of owner: String?, behind cursor: ThreadCursor?) -> some Sequence<ThreadID> {
        let places = owner.map { byOwner[ExactText($0)] ?? [] } ?? all
        let end = cursor.map { Self.index(of: $0, in: places) } ?? places.count
        return places[..<end].reversed().lazy.map(\.id)
    }

    /// Where a place lies or would lie in ascending order.
    private static func index(of place: ThreadCursor, in places: [ThreadCursor]) -> Int {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(places[middle], place) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func precedes(_ left: ThreadCursor, _ right: ThreadCursor) -> Bool {
        if left.updatedAt != right.updatedAt { return left.updatedAt < right.updatedAt }
        return ExactText(left.id.rawValue) < ExactText(right.id.rawValue)
    }
}
