// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerStore

/// Notes in the log, at level `trace`, how far a run has come: what a crash drill aims at.
struct RunTrace: Sendable {
    /// A point in a turn behind which a crash must lose nothing.
    enum Phase: String, CaseIterable {
        case runCreated = "run-created"
        case messageStored = "message-stored"
        case modelCalled = "model-called"
        case toolRunning = "tool-running"
        case writesCommitted = "writes-committed"
        case checkpointCommitted = "checkpoint-committed"
        case answerStreamed = "answer-streamed"
    }

    let run: RunID
    let logger: Logger

    func reached(_ phase: Phase) {
        logger.trace("run has come to", metadata: ["phase": "\(phase.rawValue)", "run_id": "\(run)"])
    }

    /// Says of a commit what it stored: the turn's first one has the input's checkpoint and the next.
    func committed(tasks: Int, checkpoints: Int) {
        reached(checkpoints > 1 ? .messageStored : checkpoints == 1 ? .checkpointCommitted : .writesCommitted)
    }
}
