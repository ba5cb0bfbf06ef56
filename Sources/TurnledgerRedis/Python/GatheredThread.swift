// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The documents of one thread, as they come, and what they make together.
struct GatheredThread {
    private var checkpoints: [CheckpointReference: (checkpoint: Checkpoint, key: String)] = [:]
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
            switch try PythonRedisDocument(bytes) {
            case .checkpoint(let checkpoint): checkpoints[checkpoint.reference] = (checkpoint, record.key)
            case .write(let place, let write): writes.append((place, write, record.key))
            case .stub: break
            }
        } catch {
            problems.append(TransferProblem(.unreadable, key: record.key, error.detail))
        }
    }

    /// Attaches writes by the IDs in their documents: `has_writes` says nothing.
    func thread() -> TransferThread {
        var problems = problems
        var pending: [CheckpointReference: [PendingWrite]] = [:]
        for (place, write, key) in writes {
            if checkpoints[place] == nil {
                problems.append(
                    TransferProblem(.orphan, key: key, "Its checkpoint \(place.id.rawValue) is not there."))
            } else {
                pending[place, default: []].append(write)
            }
        }
        let ordered = checkpoints.values.sorted {
            ($0.checkpoint.namespace.rawValue, $0.checkpoint.id.rawValue)
                < ($1.checkpoint.namespace.rawValue, $1.checkpoint.id.rawValue)
        }
        var stored: [StoredCheckpoint] = []
        for (checkpoint, key) in ordered {
            if let parent = checkpoint.parent {
                let place = CheckpointReference(thread: checkpoint.thread, namespace: checkpoint.namespace, id: parent)
                if checkpoints[place] == nil {
                    problems.append(
                        TransferProblem(.parentless, key: key, "Its parent \(parent.rawValue) is not there."))
                }
            }
            stored.append(
                StoredCheckpoint(
                    checkpoint: checkpoint,
                    pendingWrites: (pending[checkpoint.reference] ?? []).sorted(by: PendingWrite.precedes)))
        }
        return TransferThread(checkpoints: stored, problems: problems)
    }
}
