// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Names a checkpoint, and orders the checkpoints of a thread.
///
/// Text of a UUID of version 6: 60 bits of time, the superstep as clock sequence, 48 random bits. LangGraph takes the
/// greatest ID, compared as text, for a thread's newest checkpoint, so a new ID must be greater than the head's whatever
/// the clock says: `next(after:superstep:now:)` sees to it.
public struct CheckpointID: TextIdentifier, Comparable {
    public let rawValue: String

    /// Wraps an ID that was read. Any text is taken: other writers' IDs are theirs.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Makes an ID that is greater than `head`, at `now` or, with a clock behind the head, one tick (100 ns) after it.
    ///
    /// - Parameters:
    ///   - head: The thread's newest checkpoint in the same namespace.
    ///   - superstep: The checkpoint's step, from -1; its low 14 bits become the clock sequence.
    ///   - now: 100-nanosecond ticks since 1970.
    ///   - random: Its low 48 bits become the random ones.
    public static func next(
        after head: CheckpointID?, superstep: Int, now: Int64, random: UInt64 = .random(in: 0...UInt64.max)
    ) -> CheckpointID {
        var ticks = UInt64(bitPattern: now) &+ gregorianOffset
        guard let head else { return make(ticks: ticks, superstep: superstep, random) }
        // An ID that is no UUID of version 6 counts by its leading digits, as if it were one.
        if let headTicks = head.gregorianTicks ?? head.leadingTicks { ticks = max(ticks, headTicks + 1) }
        let id = make(ticks: ticks, superstep: superstep, random)
        return id > head ? id : successor(of: head)
    }

    /// The ID's time as 100-nanosecond ticks since 1970, or `nil` for an ID that is no UUID of version 6.
    public var ticks: Int64? { gregorianTicks.map { Int64(bitPattern: $0 &- Self.gregorianOffset) } }

    /// The 16 bytes behind the text, which task IDs are hashed from, or `nil` where the text is no UUID.
    public var bytes: [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(16)
        var high: UInt8?
        for byte in rawValue.utf8 where byte != UInt8(ascii: "-") {
            guard let digit = byte.hexadecimalDigit else { return nil }
            if let first = high {
                result.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return result.count == 16 && high == nil ? result : nil
    }

    public static func < (left: CheckpointID, right: CheckpointID) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    /// 100-nanosecond ticks from the Gregorian reform (1582-10-15) to 1970.
    private static let gregorianOffset: UInt64 = 0x01B2_1DD2_1381_4000

    private static func make(ticks: UInt64, superstep: Int, _ random: UInt64) -> CheckpointID {
        let high = (ticks >> 12) << 16 | 0x6000 | (ticks & 0x0FFF)
        let sequence = UInt64(superstep & 0x3FFF)
        let low = (0b10 << 62) | sequence << 48 | random & 0xFFFF_FFFF_FFFF
        return CheckpointID(UniqueID.text(high: high, low: low))
    }

    /// The next greater ID behind one that no UUID of version 6 can follow: one more as a number of 128 bits, or longer
    /// text where that is all that is left.
    private static func successor(of head: CheckpointID) -> CheckpointID {
        if let bytes = head.bytes {
            let words = (0..<2).map { word in bytes[word * 8..<word * 8 + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            let (low, carried) = words[1].addingReportingOverflow(1)
            let id = CheckpointID(UniqueID.text(high: words[0] &+ (carried ? 1 : 0), low: low))
            if id > head { return id }
        }
        return CheckpointID(head.rawValue + "0")
    }

    private var gregorianTicks: UInt64? {
        guard let bytes, bytes[6] >> 4 == 6 else { return nil }
        let high = bytes[0..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return high << 12 | UInt64(bytes[6] & 0x0F) << 8 | UInt64(bytes[7])
    }

    private var leadingTicks: UInt64? {
        guard let bytes else { return nil }
        let high = bytes[0..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return high << 12 | 0x0FFF
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
