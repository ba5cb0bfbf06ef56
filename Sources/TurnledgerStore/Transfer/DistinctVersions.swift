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
            if var before = known[place], before.version == version {
                if before.value != value, !Self.areInline(before.value, value) {
                    before.earlier += 1
                    before.value = value
                    before.given = version.before(before.earlier) ?? version
                    known[place] = before
                    changed.append(channel)
                }
                checkpoint.channelVersions[channel] = before.given
            } else {
                known[place] = Known(version: version, value: value, given: version)
            }
        }
        return changed
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
