// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerEncryption
import TurnledgerSQLite
import TurnledgerStore

extension Doctor {
    /// Beyond this size a file is not read to its end.
    private static let readable = 2_000_000_000

    /// - Returns: What was found, and the store where its tables can be used.
    func sqlite(_ path: String) async -> ([Finding], SQLiteStore?) {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else { return (newFile(path), nil) }
        let attributes = try? manager.attributesOfItem(atPath: path)
        let bytes = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        do throws(StoreError) {
            let store = try SQLiteStore(path: path, cipher: AESEAXCipher.ofEnvironment)
            let missing = try await store.missingMigrations()
            let faults = bytes > Self.readable ? [] : try await store.faults()
            guard faults.isEmpty else {
                let cure = "Restore it from a backup; sqlite3's .recover may save what is left."
                return ([.failed(.store, "\(path) is damaged: \(faults[0])", cure: cure)], nil)
            }
            let size = bytes < 1_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB"
            let checked = bytes > Self.readable ? "; too large to be read to its end" : ", and sound"
            var findings = [Finding.ok(.store, "\(path) has \(size)\(checked).")]
            guard missing == 0 else {
                findings.append(
                    .warning(.schema, "\(missing) migrations are missing; whoever opens it next applies them."))
                return (findings, nil)
            }
            findings.append(.ok(.schema, "All tables are there and up to date."))
            return (findings, store)
        } catch {
            return ([.failed(.store, error.detail)], nil)
        }
    }

    /// Whether a file that is not there can be made.
    private func newFile(_ path: String) -> [Finding] {
        let folder = DiskSpace.nearest(to: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue,
            FileManager.default.isWritableFile(atPath: folder)
        else {
            return [
                .failed(
                    .store,
                    "\(path) is not there and cannot be made: \(folder) is no folder that may be written.",
                    cure: "Name another file, or give this user the right to write the folder.")
            ]
        }
        return [.ok(.store, "\(path) is not there yet; `serve` makes it.")]
    }
}
