// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The documents of one thread, as they come, and what they make together.
struct GatheredThread {
    /// As they came; one that comes twice counts as it came last.
    private var checkpoints: [(checkpoint: Checkpoint, key: String)] = []
    private var writes: [(place: CheckpointReference, write: PendingWrite, key: String)] = []
    private var problems: [TransferProblem] = []

    /// Takes in what JSON.GET answered for a record.
    ///
    /// - Throws: What is about the server and not about this document.
    mutating func add(_ record: TransferRecord, document: RESPValue) throws(StoreError) {
        if document.isNull {
            problems.append(TransferProblem(.vanished, key: record.key, "It was deleted or expired meanwhile."))
            return
        }
        if let error = document.error {
            try PythonRedisSource.require(error)
            problems.append(TransferProblem(.unreadable, key: record.key, "It is no JSON document: \(error)"))
            return
        }
        guard let bytes = document.byteArray else {
            problems.append(TransferProblem(.unreadable, key: record.key, "It is no JSON document."))
            return
        }
        do {
            var emptied: Set<String> = []
            switch try PythonRedisDocument(bytes, emptied: &emptied) {
            case .checkpoint(let checkpoint): checkpoints.append((checkpoint, record.key))
            case .write(let place, let write): writes.append((place, write, record.key))
            case .stub: break
            }
            if !emptied.isEmpty {
                problems.append(
                    TransferProblem(
                        .emptied, key: record.key,
                        "Of an object the saver kept the class alone: \(emptied.sorted().joined(separator: ", ")). "
                            + "It is moved as Python reads it."))
            }
        } catch {
            problems.append(TransferProblem(.unreadable, key: record.key, error.detail))
        }
    }

    /// Attaches writes by the IDs in their documents: `has_writes` says nothing.
    func thread() -> TransferThread {
        var problems = problems
        let ordered = ordered()
        var known: Set<CheckpointReference>?
        func isThere(_ place: CheckpointReference) -> Bool {
            if known == nil { known = Set(ordered.map(\.checkpoint.reference)) }
            return known?.contains(place) == true
        }
        var pending: [CheckpointReference: [PendingWrite]] = [:]
        for (place, write, key) in writes {
            if isThere(place) {
                pending[place, default: []].append(write)
            } else {
                problems.append(
                    TransferProblem(.orphan, key: key, "Its checkpoint \(place.id.rawValue) is not there."))
            }
        }
        var stored: [StoredCheckpoint] = []
        stored.reserveCapacity(ordered.count)
        var versions = DistinctVersions()
        for (var checkpoint, key) in ordered {
            let changed = versions.settle(&checkpoint)
            if !changed.isEmpty {
                problems.append(
                    TransferProblem(
                        .ambiguous, key: key,
                        "It has another value of \(changed.sorted().joined(separator: ", ")) under the version that an "
                            + "earlier checkpoint has. It is moved with a version of its own."))
            }
            // Most often the parent is the one before.
            if let parent = checkpoint.parent,
                stored.last.map({ $0.checkpoint.isAt(checkpoint.namespace, parent) }) != true,
                !isThere(
                    CheckpointReference(thread: checkpoint.thread, namespace: checkpoint.namespace, id: parent))
            {
                problems.append(
                    TransferProblem(.parentless, key: key, "Its parent \(parent.rawValue) is not there."))
            }
            let own = pending.isEmpty ? [] : pending[checkpoint.reference] ?? []
            stored.append(
                StoredCheckpoint(checkpoint: checkpoint, pendingWrites: own.sorted(by: PendingWrite.precedes)))
        }
        return TransferThread(checkpoints: stored, problems: problems)
    }

    /// By namespace and ID, each once.
    private func ordered() -> [(checkpoint: Checkpoint, key: String)] {
        let places = checkpoints.indices.sorted { left, right in
            let (first, second) = (checkpoints[left].checkpoint, checkpoints[right].checkpoint)
            if first.namespace != second.namespace {
                return first.namespace.rawValue.precedes(second.namespace.rawValue)
            }
            return first.id == second.id ? left < right : first.id < second.id
        }
        var result: [(checkpoint: Checkpoint, key: String)] = []
        result.reserveCapacity(places.count)
        for place in places {
            let new = checkpoints[place]
            if let last = result.last, last.checkpoint.isAt(new.checkpoint.namespace, new.checkpoint.id) {
                result.removeLast()
            }
            result.append(new)
        }
        return result
    }
}

extension Checkpoint {
    fileprivate func isAt(_ namespace: Namespace, _ id: CheckpointID) -> Bool {
        self.id == id && self.namespace == namespace
    }
}
