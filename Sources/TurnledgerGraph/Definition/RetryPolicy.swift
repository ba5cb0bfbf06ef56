// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Which failures of a task are tried again, how often, and how long after.
public struct RetryPolicy: Sendable {
    /// The most attempts, the first one included.
    public var maximumAttempts: Int
    /// How long after the first failure.
    public var initialInterval: Duration
    /// By how much each wait is longer than the one before.
    public var backoffFactor: Double
    /// The longest wait.
    public var maximumInterval: Duration
    /// Whether up to a second is added to each wait, so that many do not come back at once.
    public var addsJitter: Bool
    /// Whether a failure is tried again.
    public var shouldRetry: @Sendable (any Error) -> Bool

    public init(
        maximumAttempts: Int = 3, initialInterval: Duration = .milliseconds(500), backoffFactor: Double = 2,
        maximumInterval: Duration = .seconds(128), addsJitter: Bool = true,
        shouldRetry: @escaping @Sendable (any Error) -> Bool = { _ in true }
    ) {
        self.maximumAttempts = maximumAttempts
        self.initialInterval = initialInterval
        self.backoffFactor = backoffFactor
        self.maximumInterval = maximumInterval
        self.addsJitter = addsJitter
        self.shouldRetry = shouldRetry
    }

    /// How long to wait behind an attempt.
    ///
    /// - Parameters:
    ///   - attempt: From 1.
    ///   - jitter: A random number in 0..<1.
    func interval(after attempt: Int, jitter: Double) -> Duration {
        var seconds = Self.seconds(initialInterval)
        for _ in 1..<max(1, attempt) { seconds = min(seconds * backoffFactor, Self.seconds(maximumInterval)) }
        seconds = min(seconds, Self.seconds(maximumInterval))
        return .seconds(seconds + (addsJitter ? jitter : 0))
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

/// How long one attempt at a task may take.
public struct TimeoutPolicy: Sendable {
    /// What shows that a task still gets on.
    public enum Progress: Sendable {
        /// Anything it streams or calls, and `TaskContext.heartbeat()`.
        case any
        /// `TaskContext.heartbeat()` alone.
        case heartbeat
    }

    /// From its begin to its end.
    public var run: Duration?
    /// Without any sign of progress.
    public var idle: Duration?
    /// What counts as one.
    public var progress: Progress

    public init(run: Duration? = nil, idle: Duration? = nil, progress: Progress = .any) {
        self.run = run
        self.idle = idle
        self.progress = progress
    }
}

/// Whether a task may run again after a crash in the middle of it.
public struct Repeatability: Sendable {
    /// Whether this task may run again.
    let isRepeatable: @Sendable (TaskContext) -> Bool
    /// What stands for a task whose outcome was lost; `nil`: an interrupt asks.
    let afterLostOutcome: (@Sendable (TaskContext) async throws -> NodeOutput)?

    /// It may: nothing is stored before it begins.
    public static let repeatable = Repeatability(isRepeatable: { _ in true }, afterLostOutcome: nil)

    /// It may not: a mark is committed before it begins. Where a crash lost its outcome, an interrupt asks what to do;
    /// `LostOutcome` says how the question and the answers look.
    public static let once = Repeatability(isRepeatable: { _ in false }, afterLostOutcome: nil)

    /// As `once`, for the tasks that are not repeatable.
    ///
    /// - Parameters:
    ///   - isRepeatable: Asked before a task begins, and again after a crash.
    ///   - afterLostOutcome: What a task writes whose outcome was lost; `nil`: an interrupt asks.
    public static func deciding(
        _ isRepeatable: @escaping @Sendable (TaskContext) -> Bool,
        afterLostOutcome: (@Sendable (TaskContext) async throws -> NodeOutput)? = nil
    ) -> Repeatability {
        Repeatability(isRepeatable: isRepeatable, afterLostOutcome: afterLostOutcome)
    }
}
