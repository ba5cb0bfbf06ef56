// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Shows how far work has come: a bar on a terminal, now and then a line elsewhere. Writes to standard error.
final class ProgressBar: Sendable {
    private struct State {
        var isOpen = false
        var phase = ""
        var shownAt: ContinuousClock.Instant?
    }

    private let isTerminal: Bool
    private let state = Mutex(State())

    init(isTerminal: Bool = isatty(2) == 1) { self.isTerminal = isTerminal }

    /// Shows a state of the work; states that follow one another closely are passed over.
    func show(_ phase: String, done: Int, total: Int, name: String) {
        state.withLock { state in
            let now = ContinuousClock.now
            let isNew = state.phase != phase
            let pause: Duration = isTerminal ? .milliseconds(80) : .seconds(5)
            if !isNew, done < total, let shownAt = state.shownAt, now - shownAt < pause { return }
            if isNew, !isTerminal, state.shownAt == nil {
                // Short work says nothing on the way.
                state.phase = phase
                state.shownAt = now
                return
            }
            if !isTerminal, let shownAt = state.shownAt, now - shownAt < pause { return }
            state.phase = phase
            state.shownAt = now
            if isTerminal {
                let width = 24
                let filled = total == 0 ? width : width * done / total
                let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
                Self.write("\r\u{1B}[K\(phase) [\(bar)] \(done)/\(total) \(name.prefix(40))")
                state.isOpen = true
            } else {
                Self.write("\(phase): \(done) of \(total)\n")
            }
        }
    }

    /// Clears the bar.
    func finish() {
        state.withLock { state in
            if state.isOpen { Self.write("\r\u{1B}[K") }
            state.isOpen = false
        }
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
