// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The version of a channel, as LangGraph's PostgreSQL saver writes it.
///
/// 32 digits of a counter, a dot, and a random fraction of at least 16 characters, printed as Python prints a float:
/// `00000000000000000000000000000004.0.8870751970279003`. Compared as text. All channels that change in one superstep
/// get the same version. Other writers' versions (a plain `3` among them) are read and kept as they are.
public struct ChannelVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// Whether the checkpoint holds this version as a JSON number; written back the same way.
    public let isNumber: Bool

    public init(_ rawValue: String, isNumber: Bool = false) {
        self.rawValue = rawValue
        self.isNumber = isNumber
    }

    /// The counter before the first dot; 0 where there is none.
    public var counter: Int {
        Int(rawValue.utf8.firstIndex(of: UInt8(ascii: ".")).map { rawValue[..<$0] } ?? rawValue[...]) ?? 0
    }

    /// The version that follows `current`, or the first.
    ///
    /// - Parameters:
    ///   - current: The greatest version of the thread; `nil`: there is none yet.
    ///   - fraction: A random number in 0..<1; two writers that meet differ in it.
    public static func next(
        after current: ChannelVersion?,
        fraction: Double = Double.random(in: 0..<1)
    ) -> ChannelVersion {
        let counter = String((current?.counter ?? 0) + 1)
        var text = PythonFloat.text(fraction)
        if text.utf8.count < 16 { text = String(repeating: "0", count: 16 - text.utf8.count) + text }
        return ChannelVersion(String(repeating: "0", count: max(0, 32 - counter.utf8.count)) + counter + "." + text)
    }

    public static func < (left: ChannelVersion, right: ChannelVersion) -> Bool {
        if left.isNumber || right.isNumber { return left.counter < right.counter }
        return left.rawValue.precedes(right.rawValue)
    }

    public var description: String { rawValue }
}

/// The version of each channel that ever had one.
public typealias ChannelVersions = [String: ChannelVersion]
