// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// Tells how much room a disk has.
struct DiskSpace: Sendable {
    struct Space: Hashable, Sendable {
        var free: Int64
        var total: Int64
    }

    /// Of the disk on which a file is, or will be; `nil`: it cannot be told.
    let free: @Sendable (_ path: String) -> Space?

    /// The system's, for who is not root.
    static let system = DiskSpace { path in
        // The folder may not be there yet: its parent says on which disk it will be.
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: nearest(to: path)),
            let free = attributes[.systemFreeSize] as? NSNumber, let total = attributes[.systemSize] as? NSNumber
        else { return nil }
        return Space(free: free.int64Value, total: total.int64Value)
    }

    /// What there is of the folders around a file that may not be there: the innermost, which may be a file itself.
    static func nearest(to path: String) -> String {
        let absolute = URL(filePath: path).absoluteURL.standardizedFileURL.path(percentEncoded: false)
        var parts = absolute.split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = "/" + parts.joined(separator: "/")
            if FileManager.default.fileExists(atPath: folder) { return folder }
            parts.removeLast()
        }
        return "/"
    }
}
