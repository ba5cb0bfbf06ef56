// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Says of a failure what is stored beside a thread's state.
enum TaskFailure {
    /// Python's `repr` of an exception for an error that says how it wants to be shown; else its type alone: the rest may
    /// hold message text and belongs to the log.
    static func text(of error: any Error) -> String {
        if let error = error as? any StorableError { return error.storedText }
        if let error = error as? GraphError { return "GraphError('\(error.code)')" }
        return "\(type(of: error))()"
    }
}

/// An error whose text may be stored beside a thread's state, where other runtimes and error handlers read it.
public protocol StorableError: Error {
    /// As Python prints an exception: `ValueError('too long')`.
    var storedText: String { get }
}
