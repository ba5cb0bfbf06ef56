// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerAgent

/// Prints an answer as it streams.
struct ChatPrinter {
    /// - Throws: `CommandFailure` for an answer that failed.
    func print(_ turn: ChatTurn) async throws {
        var isInText = false
        func endText() {
            if isInText { Self.write("\n") }
            isInText = false
        }
        for try await events in turn {
            for event in events {
                switch event {
                case .textDelta(_, let text):
                    if !isInText { Self.write("assistant: ") }
                    isInText = true
                    Self.write(MessagePrinter.clean(text))
                case .textEnded: endText()
                case .toolInput(_, let name, let input):
                    endText()
                    Self.write(MessagePrinter.call(name: name, input: input) + "\n")
                case .toolInputFailed(_, let name, _, let message):
                    endText()
                    Self.write("  > \(MessagePrinter.clean(name)): \(MessagePrinter.shortened(message))\n")
                case .toolOutput(_, let output): Self.write(MessagePrinter.result(output) + "\n")
                case .toolOutputFailed(_, let message):
                    Self.write("  = failed: \(MessagePrinter.shortened(message))\n")
                case .failed(_, let message):
                    endText()
                    throw CommandFailure(description: MessagePrinter.clean(message))
                case .aborted:
                    endText()
                    throw CommandFailure(description: "The answer was stopped.")
                default: break
                }
            }
        }
        endText()
    }

    /// Writes at once: an answer is read as it comes.
    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    static func complain(_ text: String) { FileHandle.standardError.write(Data("Error: \(text)\n".utf8)) }
}
