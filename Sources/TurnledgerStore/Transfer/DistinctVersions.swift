// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Gives each value of a channel a version of its own, as LangGraph's tables need it.
///
/// A document in Redis holds all values of its checkpoint, whatever their versions. So one version can stand for two: a node
/// changed a list in place, or the saver read a value incompletely (an object of a class that it does not know) and wrote
/// what was left into the next document. In the tables a version has one value, unless it lies inline. The later value gets
/// a version that is just before the one it has, so that no node takes it for news.
package struct DistinctVersions {
    private struct Place: Hashable {
        var namespace: Namespace
        var channel: String
    }

    private struct Known {
        /// As the documents have it.
        var version: ChannelVersion
        var value: Payload
        var given: ChannelVersion
        /// How many values came before under this version.
        var earlier = 0
    }

    private var known: [Place: Known] = [:]

    package init() {}

    /// - Parameter checkpoint: Of one thread; of each namespace older ones are given first.
    /// - Returns: The channels that have another value than before under their version.
    package mutating func settle(_ checkpoint: inout Checkpoint) -> [String] {
        var changed: [String] = []
        for (channel, value) in checkpoint.channelValues {
            guard let version = checkpoint.channelVersions[channel] else { continue }
            let place = Place(namespace: checkpoint.namespace, channel: channel)
            guard var before = known[place], before.version == version else {
                known[place] = Known(version: version, value: value, given: version)
                continue
            }
            if before.value != value, !Self.areInline(before.value, value) {
                if Self.areEqual(before.value, value) {
                    checkpoint.channelValues[channel] = before.value
                } else {
                    before.earlier += 1
                    before.value = value
                    before.given = version.before(before.earlier) ?? version
                    known[place] = before
                    changed.append(channel)
                }
            }
            checkpoint.channelVersions[channel] = before.given
        }
        return changed
    }

    /// Python gives the elements of a set in another order in another process.
    private static func areEqual(_ first: Payload, _ second: Payload) -> Bool {
        guard let first = try? first.decoded(), let second = try? second.decoded() else { return false }
        return ordered(first) == ordered(second)
    }

    private static func ordered(_ value: PayloadValue) -> PayloadValue {
        switch value {
        case .array(let elements): return .array(elements.map(ordered))
        case .map(let map):
            return .map(PayloadMap(entries: map.entries.map { .init(key: $0.key, value: ordered($0.value)) }))
        case .ext(let ext):
            guard let object = ext.asObject, object.module == "builtins", ["set", "frozenset"].contains(object.name),
                let elements = object.argument.array
            else { return value }
            let encoded = elements.map { MessagePack.encode($0) }.sorted { $0.lexicographicallyPrecedes($1) }
            return .array([.string(object.name)] + encoded.map { .binary($0) })
        default: return value
        }
    }

    /// Both lie within their documents. What is no payload is told where it is stored.
    private static func areInline(_ first: Payload, _ second: Payload) -> Bool {
        (try? CheckpointRow.isInline(first)) == true && (try? CheckpointRow.isInline(second)) == true
    }
}

extension ChannelVersion {
    /// A version with fewer digits comes just before the one with all, and has its counter.
    fileprivate func before(_ digits: Int) -> ChannelVersion? {
        let shorter = rawValue.dropLast(digits)
        guard !isNumber, let point = rawValue.firstIndex(of: "."), shorter.endIndex > rawValue.index(after: point)
        else {
            return nil
        }
        return ChannelVersion(String(shorter))
    }
}
