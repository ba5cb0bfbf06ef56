// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import TurnledgerStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A lock on one byte of a file that dies with the process that took it, kill -9 included.
///
/// The byte lies at a random offset that the holder's name carries, so that whoever reads the name can ask whether its
/// process is alive. The locks belong to the open file, not to the process (Linux: "Open file description locks" in
/// fcntl(2)), so that two stores in one process see each other.
final class HolderLock: Sendable {
    /// What every holder's name begins with.
    static let prefix = "sqlite:"

    let holder: String
    private let descriptor: Mutex<Int32?>

    init(path: String) throws(StoreError) {
        let offset = Int64.random(in: 0..<(1 << 62))
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Self.failure(path) }
        var request = Self.request(at: offset)
        guard fcntl(file, Self.set, &request) == 0 else {
            let error = Self.failure(path)
            _ = closeFile(file)
            throw error
        }
        holder = Self.prefix + String(offset, radix: 16)
        descriptor = Mutex(file)
    }

    deinit { release() }

    /// Gives the lock up: from now on the holder counts as dead.
    func release() {
        descriptor.withLock { file in
            if let open = file { _ = closeFile(open) }
            file = nil
        }
    }

    /// Whether the process behind a name lives; `nil` for a name that is no holder of this kind, or after `release()`.
    func isAlive(_ name: String) -> Bool? {
        guard name.hasPrefix(Self.prefix), let offset = Int64(name.dropFirst(Self.prefix.count), radix: 16), offset >= 0
        else { return nil }
        return descriptor.withLock { file -> Bool? in
            guard let file else { return nil }
            // A lock does not stand in the way of the open file that took it, so this store knows its own.
            if name == holder { return true }
            var request = Self.request(at: offset)
            guard fcntl(file, Self.get, &request) == 0 else { return nil }
            return request.l_type != Int16(F_UNLCK)
        }
    }

    private static func request(at offset: Int64) -> flock {
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        request.l_start = off_t(offset)
        request.l_len = 1
        return request
    }

    private static func failure(_ path: String) -> StoreError {
        StoreError(.unavailable, "\(path) cannot be opened and locked. Check who may write it and its folder.")
    }

    #if os(Linux)
        // <fcntl.h>: F_OFD_GETLK, F_OFD_SETLK
        private static let (get, set): (Int32, Int32) = (36, 37)
    #else
        // <sys/fcntl.h>: F_OFD_GETLK, F_OFD_SETLK
        private static let (get, set): (Int32, Int32) = (92, 90)
    #endif
}

/// The system's `close`, under a name that no method hides.
private func closeFile(_ descriptor: Int32) -> Int32 { close(descriptor) }
