// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import TurnledgerStore

@Suite("The steady clock")
struct SteadyWallClockTests {
    /// The machine's clock, as a test sets it.
    private final class SetClock: WallClock {
        private let time: Mutex<Int64>
        init(_ seconds: Int64) { time = Mutex(seconds) }
        func set(_ seconds: Int64) { time.withLock { $0 = seconds } }
        func now() -> Timestamp { Timestamp(microseconds: time.withLock { $0 } * 1_000_000) }
    }

    @Test("stands still while the machine's is set back, and goes on when that has caught up")
    func setBack() {
        let machine = SetClock(7200)
        let clock = SteadyWallClock(machine)
        #expect(clock.now().microseconds == 7_200_000_000)
        machine.set(3600)
        #expect(clock.now().microseconds == 7_200_000_001)
        machine.set(3601)
        #expect(clock.now().microseconds == 7_200_000_002)
        machine.set(7200)
        #expect(clock.now().microseconds == 7_200_000_003)
        machine.set(7201)
        #expect(clock.now().microseconds == 7_201_000_000)
    }

    @Test("leaves a time that was wrong by more than a day")
    func wrong() {
        let machine = SetClock(86_400 * 400)
        let clock = SteadyWallClock(machine)
        _ = clock.now()
        machine.set(86_400)
        #expect(clock.now().microseconds == 86_400_000_000)
    }

    @Test("tells no time twice, whoever asks")
    func shared() async {
        let times = await withTaskGroup(of: [Timestamp].self) { group in
            for _ in 0..<8 { group.addTask { (0..<1000).map { _ in SteadyWallClock().now() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(times.map(\.microseconds)).count == 8000)
    }
}
