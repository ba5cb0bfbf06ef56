// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A thread's checkpoints without their values: what pruning and delta histories decide by.
package struct ThreadOutline: Sendable {
    /// A checkpoint's place within its thread.
    package struct Place: Hashable, Sendable {
        package var namespace: Namespace
        package var id: CheckpointID

        package init(namespace: Namespace, id: CheckpointID) {
            self.namespace = namespace
            self.id = id
        }
    }

    /// A blob's key within its thread.
    package struct BlobKey: Hashable, Sendable {
        package var namespace: Namespace
        package var channel: ExactText
        package var version: ExactText

        package init(namespace: Namespace, channel: String, version: String) {
            self.namespace = namespace
            self.channel = ExactText(channel)
            self.version = ExactText(version)
        }
    }

    /// What is known of one checkpoint.
    package struct Row: Sendable {
        package let place: Place
        package let parent: CheckpointID?
        let isLegacy: Bool
        /// The checkpoint of the root graph that a subgraph was called from.
        let root: CheckpointID?
        let run: String?
        /// The channels whose value was not a snapshot when the checkpoint was made.
        let deltaChannels: [String]
        let isForeignDelta: Bool
        package let versions: [String: String]
        let inlineChannels: Set<ExactText>

        /// - Parameter checkpoint: With its inline values alone.
        package init(_ checkpoint: Checkpoint) {
            let metadata = checkpoint.metadata.json
            place = Place(namespace: checkpoint.namespace, id: checkpoint.id)
            parent = checkpoint.parent
            isLegacy = LegacySends.apply(to: checkpoint)
            root = metadata["parents"]?[""]?.string.map { CheckpointID($0) }
            run = checkpoint.metadata.runID
            deltaChannels = metadata[DeltaCounters.key]?.object?.keys ?? []
            isForeignDelta = metadata["delta_writes_versioned"] != nil
            versions = checkpoint.channelVersions.mapValues(\.rawValue)
            inlineChannels = Set(checkpoint.channelValues.keys.map { ExactText($0) })
        }

        func blobKey(of channel: String) -> BlobKey? {
            versions[channel].map { BlobKey(namespace: place.namespace, channel: channel, version: $0) }
        }
    }

    /// The way from a checkpoint back to a delta channel's last stored value.
    package struct DeltaPath: Sendable {
        /// The ancestors whose writes count, oldest first; the first is the one that stores the value, if `hasSeed`.
        package var places: [Place] = []
        package var hasSeed = false

        package init() {}
    }

    package private(set) var rows: [Place: Row] = [:]
    /// The blobs that hold a value.
    package private(set) var blobs: Set<BlobKey>
    /// The checkpoints with sends among their writes; needed only where `hasLegacyRows`.
    package var placesWithSends: Set<Place> = []

    /// - Parameters:
    ///   - rows: The thread's checkpoints, or those of one namespace.
    ///   - blobs: The keys of their blobs but those of type `empty`.
    package init(rows: some Sequence<Row>, blobs: Set<BlobKey>) {
        for row in rows { self.rows[row.place] = row }
        self.blobs = blobs
    }

    /// Whether a checkpoint's sends may lie with its parent.
    package var hasLegacyRows: Bool { rows.values.contains { $0.isLegacy } }

    /// Whether the thread has delta channels whose format is not Python's.
    var hasForeignDelta: Bool { rows.values.contains { $0.isForeignDelta } }

    /// Whether a checkpoint stores a value of a channel, inline or as a blob.
    package func storesValue(of channel: String, at place: Place) -> Bool {
        guard let row = rows[place] else { return false }
        if let key = row.blobKey(of: channel), blobs.contains(key) { return true }
        return row.inlineChannels.contains(ExactText(channel))
    }

    /// Goes from a checkpoint's parent back to the first ancestor that stores a value of a channel.
    package func deltaPath(of channel: String, from place: Place) -> DeltaPath {
        var path = DeltaPath()
        var visited: Set<Place> = [place]
        var next = rows[place]?.parent
        while let id = next {
            let ancestor = Place(namespace: place.namespace, id: id)
            guard let row = rows[ancestor], visited.insert(ancestor).inserted else { break }
            path.places.append(ancestor)
            if storesValue(of: channel, at: ancestor) {
                path.hasSeed = true
                break
            }
            next = row.parent
        }
        path.places.reverse()
        return path
    }

    mutating func willStore(_ blob: BlobKey) { blobs.insert(blob) }
}

/// LangGraph's count of updates and supersteps since a delta channel's last snapshot, in a checkpoint's metadata.
package enum DeltaCounters {
    package static let key = "counters_since_delta_snapshot"

    /// The metadata of a checkpoint that has snapshots of these channels now.
    package static func cleared(_ metadata: JSONObject, of channels: some Sequence<String>) -> JSONObject {
        var result = metadata
        guard var counters = result[key]?.object else { return result }
        for channel in channels { counters[channel] = nil }
        result[key] = counters.isEmpty ? nil : .object(counters)
        return result
    }
}
