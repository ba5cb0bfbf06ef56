// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
package import TurnledgerStore

extension StoreError {
    /// Says in the store's terms what SQLite reported. A `StoreError` stays what it is.
    ///
    /// The detail names the file and what to do, never a statement.
    package init(sqlite error: any Error, file: String = "the database file") {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.undecodable, "A row of \(file) holds what cannot be read.", underlying: error)
            return
        }
        let (code, detail) = Self.translation(of: error, file: file)
        self.init(code, detail, underlying: error)
    }

    private static func translation(of error: DatabaseError, file: String) -> (Code, String) {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            (.unavailable, "Another process holds \(file). Wait for it, or stop it.")
        case .SQLITE_CORRUPT:
            (.undecodable, "\(file) is damaged. Restore it from a copy; sqlite3's .recover may save what is left.")
        case .SQLITE_NOTADB:
            (.undecodable, "\(file) is not an SQLite database. Name another file.")
        case .SQLITE_FULL:
            (.full, "No room is left for \(file). Free some space, or raise the bound on its pages.")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            (.unavailable, "\(file) cannot be written. Give this user the right to write it and its folder.")
        case .SQLITE_CANTOPEN:
            (.unavailable, "\(file) cannot be opened. Check that it is a file, and who may write it and its folder.")
        case .SQLITE_IOERR:
            (.unavailable, "The disk failed to read or write \(file). Check the disk and the system's log.")
        case .SQLITE_MISUSE:
            (.closed, "The store on \(file) was closed.")
        case .SQLITE_TOOBIG:
            (.invalid, "A value is larger than SQLite takes (1,000,000,000 bytes).")
        case .SQLITE_CONSTRAINT:
            (.conflict, "A row of \(file) changed in between.")
        case .SQLITE_ERROR where error.message?.hasPrefix("no such table") == true:
            (.unavailable, "\(file) has no tables of Turnledger's yet. Set the store up first.")
        default:
            (.unavailable, "SQLite could not do what was asked on \(file) (code \(error.extendedResultCode.rawValue)).")
        }
    }
}
