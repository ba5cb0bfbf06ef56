// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CZlib
internal import Crypto
internal import Foundation
internal import TurnledgerStore

/// Files that are there whole or not at all.
enum Files {
    /// Writes a file under another name, brings it to the disk, and gives it its name.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = path + ".part"
        guard FileManager.default.createFile(atPath: temporary, contents: Data(bytes)) else {
            throw OperationError("The file \(path) cannot be written.")
        }
        try settle(temporary, as: path)
    }

    /// Brings a file and its name to the disk.
    static func settle(_ temporary: String, as path: String) throws {
        try synchronize(temporary)
        guard rename(temporary, path) == 0 else { throw OperationError("The file \(path) cannot be written.") }
        try synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    private static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw OperationError("\(path) cannot be opened.") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw OperationError("\(path) cannot be brought to the disk.") }
    }

    static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperationError("The file \(path) cannot be read.")
        }
        return Array(data)
    }

    /// SHA-256 of a file, read piece by piece.
    static func checksum(of path: String) throws -> (hash: String, size: Int) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw OperationError("The file \(path) cannot be read.")
        }
        defer { try? handle.close() }
        var hash = SHA256()
        var size = 0
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
            hash.update(data: Array(data))
            size += data.count
        }
        return (hash.hexadecimal(), size)
    }

    /// The names in a folder that end so, in their order; a folder that is not there has none.
    static func names(in folder: String, ending suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted()
    }

    static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw OperationError("The folder \(path) cannot be made: \(error.localizedDescription)")
        }
    }

    static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw OperationError("\(path) cannot be removed: \(error.localizedDescription)")
        }
    }
}

/// Writes lines into a file that gzip reads.
final class GzipWriter {
    private let file: gzFile
    private let path: String

    init(path: String) throws {
        guard let file = gzopen(path, "wb6") else { throw OperationError("The file \(path) cannot be written.") }
        self.file = file
        self.path = path
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 << 24)
            let count = piece.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
            guard count > 0 else { throw OperationError("The file \(path) cannot be written. Is the disk full?") }
            rest = rest.dropFirst(Int(count))
        }
    }

    /// Must be called once.
    func close() throws {
        guard gzclose(file) == Z_OK else {
            throw OperationError("The file \(path) cannot be written. Is the disk full?")
        }
    }
}

/// Reads the lines of a file that gzip wrote.
final class GzipReader {
    private let file: gzFile
    private let path: String
    private var rest: [UInt8] = []
    private var isAtEnd = false

    init(path: String) throws {
        guard let file = gzopen(path, "rb") else { throw OperationError("The file \(path) cannot be read.") }
        self.file = file
        self.path = path
    }

    deinit { gzclose(file) }

    /// Without its line feed; `nil` at the end.
    func line() throws -> [UInt8]? {
        var searched = 0
        while true {
            if let end = rest[searched...].firstIndex(of: 10) {
                let line = Array(rest[..<end])
                rest.removeFirst(end + 1)
                return line
            }
            searched = rest.count
            if isAtEnd {
                guard rest.isEmpty else { throw OperationError("The file \(path) ends within a line.") }
                return nil
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = buffer.withUnsafeMutableBytes { gzread(file, $0.baseAddress, UInt32($0.count)) }
            guard count >= 0 else { throw OperationError("The file \(path) is damaged.") }
            if count == 0 { isAtEnd = true }
            rest += buffer.prefix(Int(count))
        }
    }
}
