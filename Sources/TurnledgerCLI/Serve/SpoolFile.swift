// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A spool's file that belongs to this process for as long as it lives.
struct SpoolFile: Sendable {
    let path: String

    /// Takes the first file of `PATH`, `PATH-2`, `PATH-3`, … that no other process has: servers that share a folder have a
    /// spool each, and the next one that starts finds what the last one left.
    ///
    /// - Throws: `.unavailable` where the folder cannot be written.
    static func claim(_ path: String) throws(StoreError) -> SpoolFile {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in 1...1000 {
            let name = number == 1 ? path : "\(path)-\(number)"
            let file = open(name + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard file >= 0 else {
                throw StoreError(
                    .unavailable,
                    "The spool \(name) cannot be written. Name another place (`postgresql.spool`), or set "
                        + "`postgresql.fallback: off`.")
            }
            // Held until the process ends, however it ends.
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return SpoolFile(path: name) }
            close(file)
        }
        throw StoreError(.unavailable, "All spools beside \(path) are taken.")
    }
}
