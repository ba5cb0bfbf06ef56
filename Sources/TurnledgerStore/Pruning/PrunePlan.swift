// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Decides what goes and what stays of one thread; a store does it in the transaction that read the outline.
package struct PrunePlan: Sendable {
    /// A value to be made and stored before anything goes.
    package struct Snapshot: Sendable {
        /// The checkpoint that gets it: the blob, `true` inline, no counter.
        package let place: ThreadOutline.Place
        package let channel: String
        package let version: String
        /// The ancestors that the value is made of, oldest first, and whether the first of them stores a value.
        package let path: ThreadOutline.DeltaPath
    }

    /// Namespaces of which every row goes, whether a checkpoint names it or not.
    package private(set) var namespaces: Set<Namespace> = []
    /// The checkpoints that go, with their writes; those of `namespaces` are not among them.
    package private(set) var checkpoints: Set<ThreadOutline.Place> = []
    /// The blobs that only checkpoints that go refer to.
    package private(set) var blobs: Set<ThreadOutline.BlobKey> = []
    /// The checkpoints that stay and whose parent does not: their parent becomes null.
    package private(set) var firsts: Set<ThreadOutline.Place> = []
    /// Oldest first.
    package private(set) var snapshots: [Snapshot] = []
    /// What stays.
    package private(set) var kept: Set<ThreadOutline.Place> = []

    private var outline: ThreadOutline
    private let reducible: Set<String>

    /// Plans to keep the newest checkpoints of each namespace.
    ///
    /// A namespace with a `:` is that of one subgraph call: it goes with the root checkpoint that the call started from,
    /// once that one is stored.
    /// - `reducible`: The delta channels that a snapshot can be made of.
    /// - Throws: `.unsupported` for delta channels of another format.
    package init(
        _ outline: ThreadOutline, keepingLatest count: Int, reducible: some Sequence<String>
    ) throws(StoreError) {
        try self.init(outline, reducible: reducible)
        let newest = Dictionary(grouping: outline.rows.values, by: \.place.namespace)
            .mapValues { rows in rows.sorted { $0.place.id < $1.place.id }.suffix(count) }
        for (namespace, rows) in newest where !Self.isCall(namespace) { kept.formUnion(rows.map(\.place)) }
        keepWhatIsNeeded()
        for (namespace, rows) in newest where Self.isCall(namespace) {
            let root = rows.last?.root.map { ThreadOutline.Place(namespace: .root, id: $0) }
            if let root, outline.rows[root] != nil, !kept.contains(root) {
                namespaces.insert(namespace)
            } else {
                kept.formUnion(rows.map(\.place))
            }
        }
        finish()
    }

    /// Plans to remove the checkpoints that runs made.
    package init(
        _ outline: ThreadOutline, removingRuns runs: some Sequence<RunID>, reducible: some Sequence<String>
    ) throws(StoreError) {
        try self.init(outline, reducible: reducible)
        let runs = Set(runs.map { ExactText($0.rawValue) })
        for row in outline.rows.values where !(row.run.map { runs.contains(ExactText($0)) } ?? false) {
            kept.insert(row.place)
        }
        finish()
    }

    private init(_ outline: ThreadOutline, reducible: some Sequence<String>) throws(StoreError) {
        guard !outline.hasForeignDelta else {
            throw StoreError(.unsupported, "The thread has delta channels of LangGraph.js, which are not pruned.")
        }
        self.outline = outline
        self.reducible = Set(reducible)
    }

    /// From what was chosen to stay, adds what that needs, and works out the rest.
    private mutating func finish() {
        keepWhatIsNeeded()
        var (gone, referenced): (Set<ThreadOutline.BlobKey>, Set<ThreadOutline.BlobKey>) = ([], [])
        for row in outline.rows.values where !namespaces.contains(row.place.namespace) {
            let keys = row.versions.keys.compactMap { row.blobKey(of: $0) }
            if kept.contains(row.place) {
                referenced.formUnion(keys)
                if let parent = row.parent, !kept.contains(.init(namespace: row.place.namespace, id: parent)) {
                    firsts.insert(row.place)
                }
            } else {
                gone.formUnion(keys)
                checkpoints.insert(row.place)
            }
        }
        blobs = gone.subtracting(referenced)
    }

    private mutating func keepWhatIsNeeded() {
        keepLegacySends()
        keepDeltaValues()
    }

    private mutating func keepLegacySends() {
        for place in kept {
            guard let row = outline.rows[place], row.isLegacy, let id = row.parent else { continue }
            let parent = ThreadOutline.Place(namespace: place.namespace, id: id)
            if outline.placesWithSends.contains(parent) { kept.insert(parent) }
        }
    }

    /// Oldest first, so that a snapshot serves all that grew from its checkpoint; again while checkpoints are added,
    /// because these may have delta channels of their own.
    private mutating func keepDeltaValues() {
        var isSettled = false
        while !isSettled {
            isSettled = true
            for place in kept.sorted(by: { $0.id < $1.id }) {
                for channel in (outline.rows[place]?.deltaChannels ?? []).sorted() {
                    if keepDeltaValue(of: channel, at: place) { isSettled = false }
                }
            }
        }
    }

    /// - Returns: Whether more checkpoints stay than before.
    private mutating func keepDeltaValue(of channel: String, at place: ThreadOutline.Place) -> Bool {
        guard let key = outline.rows[place]?.blobKey(of: channel), !outline.storesValue(of: channel, at: place) else {
            return false
        }
        let path = outline.deltaPath(of: channel, from: place)
        guard !kept.isSuperset(of: path.places) else { return false }
        guard reducible.contains(channel) else {
            kept.formUnion(path.places)
            return true
        }
        outline.willStore(key)
        snapshots.append(Snapshot(place: place, channel: channel, version: key.version.value, path: path))
        return false
    }

    /// The namespace of one subgraph call holds its task's ID behind a colon.
    private static func isCall(_ namespace: Namespace) -> Bool { namespace.rawValue.utf8.contains(UInt8(ascii: ":")) }
}
