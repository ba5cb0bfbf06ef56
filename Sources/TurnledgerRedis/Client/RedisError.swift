// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import TurnledgerStore

/// Says what Redis and its connections report in the terms of stores.
enum RedisError {
    /// An answer that refuses. Its text is the server's; it repeats no value.
    static func refused(_ text: String) -> StoreError {
        let code = String(text.prefix { $0 != " " })
        switch code {
        case "WRONGPASS", "NOAUTH":
            return StoreError(.unavailable, "Redis takes no login with this user and password (\(code)).")
        case "NOPERM":
            return StoreError(.unsupported, "The Redis user may not do this: \(text.dropFirst(code.count + 1))")
        case "OOM": return StoreError(.full, "Redis has no memory left (maxmemory).")
        case "MISCONF": return StoreError(.full, "Redis cannot write to its disk and takes no writes (MISCONF).")
        case "LOADING", "MASTERDOWN", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "BUSY":
            return StoreError(.unavailable, "Redis cannot answer now (\(code)).")
        case "MOVED", "ASK":
            return StoreError(.unsupported, "This Redis is a cluster. Give its address as redis+cluster://….")
        default:
            if text.lowercased().contains("unknown command") {
                return StoreError(.unsupported, "Redis lacks a command: \(text). The module RedisJSON is needed.")
            }
            return StoreError(.invalid, "Redis refuses a command: \(text)")
        }
    }

    /// An answer that refuses what a script was to do with a thread.
    static func refused(_ text: String, about thread: ThreadID?) -> StoreError {
        let codes: [String: StoreError.Code] = [
            "TLCONFLICT": .conflict, "TLMISSING": .missing, "TLINVALID": .invalid,
        ]
        let word = String(text.prefix { $0 != " " })
        guard let code = codes[word] else { return refused(text) }
        let reason = text.dropFirst(word.count + 1)
        return StoreError(code, thread.map { "Thread \($0): \(reason)" } ?? String(reason))
    }

    /// A failure of the connection.
    static func broken(_ error: any Error, _ address: RedisAddress) -> StoreError {
        switch error {
        case let error as StoreError: return error
        case is NIOConnectionError:
            return StoreError(.unavailable, "Nothing answers at \(address).", underlying: error)
        case is RESPError:
            return StoreError(.unavailable, "What answers at \(address) is no Redis. \(error)", underlying: error)
        case let error as NIOSSLError:
            return StoreError(.unavailable, "TLS with \(address) fails: \(error).", underlying: error)
        case ChannelError.connectTimeout:
            return StoreError(.unavailable, "\(address) does not answer in time.", underlying: error)
        default:
            return StoreError(.unavailable, "The connection to \(address) broke: \(error)", underlying: error)
        }
    }
}
