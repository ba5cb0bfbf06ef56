// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a file descriptor is ready for, or is watched for.
struct Readiness: OptionSet {
    let rawValue: UInt8

    static let read = Readiness(rawValue: 1)
    static let write = Readiness(rawValue: 2)
}

/// Waits for file descriptors. Used from one OS thread; only `wake` may be called from any.
protocol Poller: AnyObject {
    func add(_ descriptor: Int32, for interest: Readiness, token: UInt64)
    func change(_ descriptor: Int32, for interest: Readiness, token: UInt64)
    func remove(_ descriptor: Int32)
    /// Waits until a descriptor is ready, `wake` is called or the time is over, and reports what is ready. `nil`: for
    /// ever. An error or a hang-up is reported as ready for everything: reading tells which it was.
    func wait(atMost limit: Duration?, _ report: (_ token: UInt64, _ readiness: Readiness) -> Void)
    /// Makes a `wait` under way, or else the next one, return at once.
    func wake()
}

extension Duration {
    /// For `poll` and `epoll_wait`: whole milliseconds, rounded up so that a deadline has passed when they return; -1
    /// for `nil`, which waits for ever.
    static func milliseconds(_ limit: Duration?) -> Int32 {
        guard let limit else { return -1 }
        guard limit > .zero else { return 0 }
        let (seconds, attoseconds) = limit.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
