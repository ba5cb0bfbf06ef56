// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Keeps conversations in a Redis.
///
/// Every call is one script, which Redis runs as one: a superstep is stored whole or not at all, and the fence is looked at
/// in the same script. What a call stored is as durable as the server is told to make it (`appendonly`, `appendfsync`).
/// A full Redis refuses a script before it has written anything.
///
/// Cancelling the Swift task that waits for a call does not stop the call.
public final class RedisStore: Sendable {
    public let settings: RedisStoreSettings
    let client: RedisClient
    let cipher: (any PayloadCipher)?
    private let observer: (any StoreObserver)?

    /// Connects at the first call.
    ///
    /// - Parameters:
    ///   - configuration: Where the Redis is. Its prefixes of checkpoints and writes are those of the layout `json`.
    ///   - settings: How it keeps what it keeps.
    ///   - cipher: Seals blobs and writes; only in the layout `plain`.
    ///   - observer: Is told of every script.
    /// - Throws: `.invalid` for an empty prefix or a term below a second, `.unsupported` for a cipher in the layout `json` and
    ///   for a cluster.
    public init(
        _ configuration: RedisConfiguration, settings: RedisStoreSettings = RedisStoreSettings(),
        cipher: (any PayloadCipher)? = nil, observer: (any StoreObserver)? = nil
    ) throws(StoreError) {
        guard !settings.prefix.isEmpty else { throw StoreError(.invalid, "The prefix of Redis's keys is empty.") }
        if let term = settings.term, term < .seconds(1) {
            throw StoreError(.invalid, "A term in Redis has at least a second.")
        }
        guard !configuration.isCluster else {
            throw StoreError(
                .unsupported,
                "Turnledger does not run on a Redis cluster; a transfer can read from one. Name another store.")
        }
        guard cipher == nil || settings.layout == .plain else {
            throw StoreError(
                .unsupported,
                "The layout json keeps values readable, as Python's saver does: there is no encryption in it. Use the layout "
                    + "plain, or take LANGGRAPH_AES_KEY away.")
        }
        self.settings = settings
        self.cipher = cipher
        self.observer = observer
        client = RedisClient(configuration)
    }

    /// Ends the connections; calls under way fail.
    public func close() async { await client.close() }

    /// Runs a script.
    ///
    /// - Throws: What the script or the server refuses.
    func run(_ script: RedisScript, _ arguments: RedisArguments, about thread: ThreadID? = nil)
        async throws(StoreError) -> RESPValue
    {
        guard let observer else { return try await send(script, arguments, about: thread) }
        return try await observer.observe(script.name) { () async throws(StoreError) in
            try await send(script, arguments, about: thread)
        }
    }

    private func send(
        _ script: RedisScript, _ arguments: RedisArguments, about thread: ThreadID?
    ) async throws(StoreError) -> RESPValue {
        var head = [Array(settings.prefix.utf8), Array(String(termSeconds).utf8)] + Self.guardArguments
        if settings.layout == .json, script.isOfDocuments {
            head += [
                Array(client.configuration.checkpointPrefix.utf8), Array(client.configuration.writePrefix.utf8),
            ]
        }
        let values = head + arguments.values
        func command(_ name: String, _ script: String) -> RedisCommand {
            RedisCommand(bytes: [Array(name.utf8), Array(script.utf8), [UInt8(ascii: "0")]] + values)
        }
        var answer = try await patiently(command("EVALSHA", script.hash))
        // The server was started anew, or has forgotten its scripts.
        if let error = answer.error, error.hasPrefix("NOSCRIPT") {
            answer = try await patiently(command("EVAL", script.text))
        }
        if let error = answer.error {
            throw error.hasPrefix("TLROLE ") ? MirrorRoleChanged.refusal : RedisError.refused(error, about: thread)
        }
        return answer
    }

    /// The guard of the Swift task, as scripts take it.
    private static var guardArguments: [[UInt8]] {
        guard let mirrorGuard = MirrorGuard.current else { return [[]] }
        var arguments = RedisArguments()
        arguments.add(mirrorGuard.standing)
        arguments.add(mirrorGuard.token)
        arguments.add(mirrorGuard.time.microseconds)
        arguments.add(mirrorGuard.marks.count)
        for mark in mirrorGuard.marks { arguments.add(mark.text) }
        return arguments.values
    }

    /// Sends a command that is no script.
    func send(_ command: RedisCommand) async throws(StoreError) -> RESPValue {
        let answer = try await patiently(command)
        if let error = answer.error { throw RedisError.refused(error) }
        return answer
    }

    /// Sends a command, again and again while another's script keeps the server busy for seconds: what is refused so has
    /// not begun.
    private func patiently(_ command: RedisCommand) async throws(StoreError) -> RESPValue {
        let deadline = ContinuousClock.now + client.configuration.replyDeadline
        while true {
            let answer = try await client.send([command])[0]
            guard let error = answer.error, error.hasPrefix("BUSY "), ContinuousClock.now < deadline else {
                return answer
            }
            do { try await Task.sleep(for: .milliseconds(50)) } catch {
                throw StoreError(.unavailable, "The call was cancelled while Redis was busy.")
            }
        }
    }

    private var termSeconds: Int64 { settings.term?.components.seconds ?? 0 }
}
