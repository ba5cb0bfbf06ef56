// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerStore

@Suite("Checkpoint IDs")
struct CheckpointIDTests {
    /// 2026-11-23T15:35:12.264207Z.
    static let now: Int64 = 17_953_797_122_642_070

    @Test(
        "carry the step as clock sequence",
        arguments: [
            (-1, "bfff"), (0, "8000"), (1, "8001"), (-2, "bffe"), (16_383, "bfff"), (16_384, "8000"),
        ])
    func clockSequence(step: Int, group: String) {
        let id = CheckpointID.next(after: nil, superstep: step, now: Self.now)
        let groups = id.rawValue.split(separator: "-")
        #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
        #expect(groups[2].first == "6")
        #expect(groups[3] == group)
        #expect(id.ticks == Self.now)
    }

    @Test("read the time of LangGraph's")
    func ticks() throws {
        for entry in RuntimeDump.shared.checkpoints {
            let ticks = try #require(CheckpointID(entry.id).ticks)
            let time = Timestamp(microseconds: ticks / 10).description
            #expect(time.prefix(16) == entry.document["ts"]?.string?.prefix(16) ?? "")
        }
    }

    @Test("are greater than the head, whatever the clock says")
    func slowClock() {
        var head = CheckpointID.next(after: nil, superstep: 0, now: Self.now)
        for step in 1...100 {
            let id = CheckpointID.next(after: head, superstep: step, now: Self.now - Int64(step) * 10_000_000)
            #expect(id > head)
            #expect(id.ticks == Self.now + Int64(step))
            head = id
        }
    }

    @Test(
        "are greater than any foreign head",
        arguments: [
            "ffffffff-0000-4000-8000-000000000000", "ffffffff-ffff-6fff-bfff-ffffffffffff",
            "ffffffff-ffff-7fff-bfff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "01a2090c-0491-7369-af91-017fb1d12e91", "FFFFFFFF-FFFF-6FFF-BFFF-FFFFFFFFFFFF",
            "00000001-0000-0000-0000-000000000000", "zzz", "", "checkpoint-7", "1f1e7537-8f24-68fb-bfff",
        ])
    func foreign(text: String) {
        let head = CheckpointID(text)
        let id = CheckpointID.next(after: head, superstep: 3, now: Self.now)
        #expect(id > head)
        #expect(CheckpointID.next(after: id, superstep: 4, now: Self.now) > id)
    }

    @Test("are what the clock says behind an older head")
    func olderHead() {
        let head = CheckpointID.next(after: nil, superstep: 0, now: Self.now - 1)
        #expect(CheckpointID.next(after: head, superstep: 1, now: Self.now).ticks == Self.now)
    }
}

@Suite("Channel versions")
struct ChannelVersionTests {
    static let successors: [(String?, Double, String)] = [
        (nil, 0.7243268021645739, "00000000000000000000000000000001.0.7243268021645739"),
        (
            "00000000000000000000000000000003.0.27", 0.8870751970279003,
            "00000000000000000000000000000004.0.8870751970279003"
        ),
        (
            "00000000000000000000000000000004.0.27", 0.00921044216339073,
            "00000000000000000000000000000005.0.00921044216339073"
        ),
        ("00000000000000000000000000000001.0.5", 0.6587169746413, "00000000000000000000000000000002.00.6587169746413"),
        ("00000000000000000000000000000009.0.5", 1e-05, "00000000000000000000000000000010.000000000001e-05"),
        ("3", 9.1e-05, "00000000000000000000000000000004.0000000009.1e-05"),
        (nil, 0.0, "00000000000000000000000000000001.00000000000000.0"),
        (nil, 0.5, "00000000000000000000000000000001.00000000000000.5"),
    ]

    @Test("are printed as Python prints them", arguments: successors)
    func next(current: String?, fraction: Double, expected: String) {
        let version = ChannelVersion.next(after: current.map { ChannelVersion($0) }, fraction: fraction)
        #expect(version.rawValue == expected)
    }

    @Test("of LangGraph's runs have the counter that their text has")
    func counters() {
        for versions in RuntimeDump.shared.newVersions.values {
            for version in versions.values {
                #expect(version.counter > 0)
                #expect(ChannelVersion.next(after: version) > version)
            }
        }
    }

    @Test("that are numbers are followed by text")
    func numbers() {
        let next = ChannelVersion.next(after: ChannelVersion("7", isNumber: true), fraction: 0.5)
        #expect(next.rawValue == "00000000000000000000000000000008.00000000000000.5")
        #expect(!next.isNumber)
        #expect(next > ChannelVersion("7", isNumber: true))
    }
}

@Suite("Unique IDs")
struct UniqueIDTests {
    @Test("are UUIDs of their version, and differ")
    func versions() {
        var seen: Set<String> = []
        for _ in 0..<1000 {
            for (id, version) in [(UniqueID.random(), "4"), (UniqueID.version7(milliseconds: 0x01A2_090C_0491), "7")] {
                let groups = id.split(separator: "-")
                #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
                #expect(String(groups[2].prefix(1)) == version)
                #expect("89ab".contains(groups[3].prefix(1)))
                #expect(id.allSatisfy { "0123456789abcdef-".contains($0) })
                if version == "7" { #expect(id.hasPrefix("01a2090c-0491-7")) }
                seen.insert(id)
            }
        }
        #expect(seen.count == 2000)
    }

    @Test("spell every bit")
    func text() {
        #expect(
            UniqueID.text(high: 0xFEDC_BA98_7654_3210, low: 0x0123_4567_89AB_CDEF)
                == "fedcba98-7654-3210-0123-456789abcdef")
        #expect(UniqueID.text(high: .max, low: .max) == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }
}

@Suite("Floating-point numbers")
struct PythonFloatTests {
    /// Each line of the file is a number's 64 bits and Python 3.11's `repr` of it.
    @Test("are printed as Python prints them")
    func python() throws {
        let lines = Fixture.lines("python-floats.txt")
        #expect(lines.count > 600)
        for line in lines {
            let parts = line.split(separator: " ")
            let value = Double(bitPattern: try #require(UInt64(parts[0], radix: 16)))
            #expect(PythonFloat.text(value) == parts[1])
            #expect(try JSONValue.parse(String(parts[1])) == .double(value))
        }
    }
}
