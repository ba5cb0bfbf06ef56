// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The machine's clock for what is ordered by time: it never tells a time twice, and does not go back with the machine's.
///
/// Where that is set back, this one stands still, but for a microsecond a call, until the machine's has caught up: what comes
/// later is stored as later. A clock that was ahead by more than a day was wrong before, and is left at once.
///
/// All clocks of a process that are made by `init()` are one. For how old something is take `SystemWallClock`.
public struct SteadyWallClock: WallClock {
    private final class Last: Sendable {
        let time = Mutex<Timestamp?>(nil)
    }

    private static let last = Last()
    private static let patience: Int64 = 86_400_000_000

    private let clock: any WallClock
    private let last: Last

    public init() { (clock, last) = (SystemWallClock(), Self.last) }

    /// A clock of its own.
    package init(_ clock: any WallClock) { (self.clock, last) = (clock, Last()) }

    public func now() -> Timestamp {
        last.time.withLock { last in
            var now = clock.now()
            if let last, now <= last, last.microseconds - now.microseconds < Self.patience {
                now = Timestamp(microseconds: last.microseconds + 1)
            }
            last = now
            return now
        }
    }
}
