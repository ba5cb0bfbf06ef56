// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import TurnledgerStore

/// One connection; many callers may have commands under way on it, each batch in order.
final class RedisConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<RedisChannelHandler>
    private let replyDeadline: TimeAmount

    private init(_ channel: any Channel, _ handler: NIOLoopBound<RedisChannelHandler>, _ replyDeadline: TimeAmount) {
        self.channel = channel
        self.handler = handler
        self.replyDeadline = replyDeadline
    }

    var isOpen: Bool { channel.isActive }

    /// Connects to an address and logs in.
    ///
    /// - Parameters:
    ///   - address: Where.
    ///   - configuration: How, and who logs in.
    ///   - hear: Takes messages of channels that the connection subscribes to.
    static func connect(
        to address: RedisAddress, _ configuration: RedisConfiguration,
        hear: (@Sendable ([RESPValue]) -> Void)? = nil
    ) async throws -> RedisConnection {
        let tls = try configuration.tls.map { try NIOSSLContext(configuration: $0.nioConfiguration()) }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(configuration.connectDeadline))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        // A literal address is no name to be indicated or verified by.
                        let name = configuration.tls?.verifiesName == true ? address.host : nil
                        let isName = name.map { (try? SocketAddress(ipAddress: $0, port: 0)) == nil } ?? false
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isName ? name : nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(RESPDecoder()))
                    try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(hear: hear))
                }
            }
            .connect(host: address.host, port: address.port).get()
        let handler = try await channel.eventLoop.submit {
            NIOLoopBound(
                try channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self),
                eventLoop: channel.eventLoop)
        }.get()
        let connection = RedisConnection(channel, handler, TimeAmount(configuration.replyDeadline))
        do {
            try await connection.logIn(configuration)
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    private func logIn(_ configuration: RedisConfiguration) async throws {
        var hello = ["HELLO", "3"]
        if let password = configuration.password { hello += ["AUTH", configuration.user ?? "default", password] }
        let isThird = configuration.protocolVersion == 3
        let greeting = isThird ? try await send([RedisCommand(hello)])[0] : .error("NOPROTO")
        if let error = greeting.error {
            // Redis before 6 has neither HELLO nor users.
            guard ["NOPROTO", "ERR"].contains(error.prefix { $0 != " " }) else { throw RedisError.refused(error) }
            if let password = configuration.password {
                let login = RedisCommand(["AUTH"] + (configuration.user.map { [$0] } ?? []) + [password])
                if let error = try await send([login])[0].error { throw RedisError.refused(error) }
            }
        }
        if configuration.database != 0,
            let error = try await send([RedisCommand("SELECT", String(configuration.database))])[0].error
        {
            throw RedisError.refused(error)
        }
        if let error = try await send([RedisCommand("PING")])[0].error { throw RedisError.refused(error) }
    }

    /// Sends commands at once; gives their answers, errors among them, in order.
    ///
    /// - Throws: Where the connection breaks or the deadline passes: which of the commands ran is not known then.
    func send(_ commands: [RedisCommand]) async throws -> [RESPValue] {
        guard !commands.isEmpty else { return [] }
        let loop = channel.eventLoop
        let promise = loop.makePromise(of: [RESPValue].self)
        var bytes = channel.allocator.buffer(capacity: 256)
        for command in commands { command.write(into: &bytes) }
        let count = commands.count
        loop.execute { [bytes, channel, handler, replyDeadline] in
            let batch = RedisBatch(count: count, promise: promise)
            handler.value.expect(batch)
            let alarm = loop.assumeIsolated().scheduleTask(in: replyDeadline) {
                // What comes later would be taken for the answer to something else.
                batch.fail(RedisReplyLate())
                channel.close(promise: nil)
            }
            promise.futureResult.assumeIsolated().whenComplete { _ in alarm.cancel() }
            channel.writeAndFlush(bytes).assumeIsolated().whenFailure { batch.fail($0) }
        }
        return try await promise.futureResult.get()
    }

    /// Sends a command that is answered by messages alone.
    func tell(_ command: RedisCommand) async throws {
        var bytes = channel.allocator.buffer(capacity: 256)
        command.write(into: &bytes)
        try await channel.writeAndFlush(bytes).get()
    }

    func close() async { try? await channel.close().get() }
}

/// The server took the connection and did not answer in time.
struct RedisReplyLate: Error, CustomStringConvertible {
    var description: String { "No answer in time." }
}
