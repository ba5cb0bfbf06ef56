// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Names a run: one invocation of a graph on a thread, from input to stop.
///
/// `run_` and a UUID of version 7, so that IDs sort by the time they were made.
public struct RunID: TextIdentifier {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Makes a new ID for a run that begins at `milliseconds` since 1970.
    public static func new(milliseconds: Int64) -> RunID {
        RunID("run_" + UniqueID.version7(milliseconds: milliseconds))
    }

    /// The UUID behind `run_`, from which the IDs of the run's messages are derived.
    public var uuid: Substring { rawValue.hasPrefix("run_") ? rawValue.dropFirst(4) : rawValue[...] }
}
