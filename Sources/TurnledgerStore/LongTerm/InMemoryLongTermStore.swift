// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Keeps long-term values in this process.
public final class InMemoryLongTermStore: LongTermStore {
    private struct Row {
        var item: LongTermItem
        var minutes: Int64?
        var expiry: Timestamp?
    }

    private struct Place: Hashable {
        let namespace: [ExactText]
        let key: ExactText
    }

    private let rows = Mutex<[Place: Row]>([:])
    private let clock: any WallClock

    /// - Parameter clock: Tells what has expired.
    public init(clock: any WallClock = SystemWallClock()) { self.clock = clock }

    public func item(
        _ key: String, in namespace: [String], refreshesExpiry: Bool
    ) throws(StoreError) -> LongTermItem? {
        let now = clock.now()
        return rows.withLock { rows in
            let place = Self.place(namespace, key)
            guard var row = rows[place], Self.isAlive(row, now) else { return nil }
            if refreshesExpiry { Self.refresh(&row, now) }
            rows[place] = row
            return row.item
        }
    }

    public func put(
        _ value: JSONObject, for key: String, in namespace: [String], timeToLive: Duration?, at time: Timestamp
    ) throws(StoreError) {
        try LongTermRules.validate(namespace, key: key)
        rows.withLock { rows in
            let place = Self.place(namespace, key)
            let created = rows[place].flatMap { Self.isAlive($0, time) ? $0.item.createdAt : nil } ?? time
            var row = Row(
                item: LongTermItem(
                    namespace: namespace, key: key, value: value, createdAt: created, updatedAt: time),
                minutes: timeToLive.map(LongTermRules.minutes), expiry: nil)
            Self.refresh(&row, time)
            rows[place] = row
        }
    }

    public func deleteItem(_ key: String, in namespace: [String]) throws(StoreError) {
        _ = rows.withLock { $0.removeValue(forKey: Self.place(namespace, key)) }
    }

    public func search(_ query: LongTermQuery) throws(StoreError) -> [LongTermItem] {
        let now = clock.now()
        let prefix = query.prefix.map { ExactText($0) }
        var found: [(place: Place, row: Row)] = rows.withLock { rows in
            rows.filter { $0.key.namespace.starts(with: prefix) && Self.isAlive($0.value, now) }
                .map { ($0.key, $0.value) }
        }
        var fitting: [(place: Place, row: Row)] = []
        for entry in found where try LongTermRules.fits(entry.row.item.value, query.filter) { fitting.append(entry) }
        fitting.sort { left, right in
            if left.row.item.updatedAt != right.row.item.updatedAt {
                return left.row.item.updatedAt > right.row.item.updatedAt
            }
            let (first, second) = (left.place, right.place)
            if first.namespace != second.namespace {
                return first.namespace.lexicographicallyPrecedes(second.namespace)
            }
            return first.key < second.key
        }
        found = Array(fitting.dropFirst(max(0, query.offset)).prefix(max(0, query.limit)))
        if query.refreshesExpiry {
            rows.withLock { rows in
                for entry in found {
                    guard var row = rows[entry.place] else { continue }
                    Self.refresh(&row, now)
                    rows[entry.place] = row
                }
            }
        }
        return found.map(\.row.item)
    }

    public func namespaces(_ query: LongTermNamespaceQuery) throws(StoreError) -> [[String]] {
        let now = clock.now()
        let all = rows.withLock { rows in rows.values.filter { Self.isAlive($0, now) }.map(\.item.namespace) }
        var result: Set<[ExactText]> = []
        for namespace in all where query.matches(namespace) {
            result.insert(namespace.prefix(query.maximumDepth ?? namespace.count).map { ExactText($0) })
        }
        return result.sorted { $0.lexicographicallyPrecedes($1) }
            .dropFirst(max(0, query.offset)).prefix(max(0, query.limit)).map { $0.map(\.value) }
    }

    public func removeExpired(at time: Timestamp) throws(StoreError) -> Int {
        rows.withLock { rows in
            let before = rows.count
            rows = rows.filter { Self.isAlive($0.value, time) }
            return before - rows.count
        }
    }

    private static func place(_ namespace: [String], _ key: String) -> Place {
        Place(namespace: namespace.map { ExactText($0) }, key: ExactText(key))
    }

    private static func isAlive(_ row: Row, _ now: Timestamp) -> Bool { row.expiry.map { $0 > now } ?? true }

    private static func refresh(_ row: inout Row, _ now: Timestamp) {
        row.expiry = row.minutes.map { now + .seconds($0 * 60) }
    }
}
