// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy in front of a PostgreSQL server that cuts or stalls a connection at a boundary between two messages.
///
/// It reads PostgreSQL's protocol without TLS: each message but the client's first is a type byte and a length.
package final class FaultProxy: Sendable {
    package enum Side: Sendable {
        case client
        case server
    }

    package enum Verdict: Sendable {
        case forward
        /// Closes both sides; the message is not passed on.
        case cut
        /// From here on nothing is passed on, and the connection stays open.
        case stall
    }

    /// A message that is about to be passed on; `number` counts those of one connection, of both sides, from 0.
    package struct Message: Sendable {
        package let side: Side
        /// `Q`, `P`, …; 0 for the client's first message.
        package let type: UInt8
        package let number: Int
    }

    package typealias Rule = @Sendable (Message) -> Verdict

    private let rule = Mutex<Rule> { _ in .forward }
    private let listener: any Channel
    package let port: Int

    private init(listener: any Channel, handler: Handover) {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
        handler.proxy.withLock { $0 = self }
    }

    private final class Handover: Sendable {
        let proxy = Mutex<FaultProxy?>(nil)
    }

    /// Runs `body` with a proxy in front of a server of loopback, and closes it behind it.
    package static func use<Value>(
        upstream: Int, _ body: (FaultProxy) async throws -> Value
    ) async throws -> Value {
        let handover = Handover()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop)
                    .connect(host: "127.0.0.1", port: upstream)
                    .flatMap { server in
                        let link = Link(client: client, server: server) { message in
                            handover.proxy.withLock { $0 }?.judge(message) ?? .forward
                        }
                        return client.pipeline.addHandler(Relay(.client, link))
                            .flatMap { server.pipeline.addHandler(Relay(.server, link)) }
                            .flatMap { client.setOption(.autoRead, value: true) }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = FaultProxy(listener: listener, handler: handover)
        do {
            let value = try await body(proxy)
            try await listener.close()
            return value
        } catch {
            try? await listener.close()
            throw error
        }
    }

    /// Asked for each message from now on.
    package func obey(_ rule: @escaping Rule) { self.rule.withLock { $0 = rule } }

    /// The connection of the next message is never heard of again; others work.
    package func stallNext() {
        let isNext = Mutex(true)
        obey { _ in
            isNext.withLock { isNext in
                defer { isNext = false }
                return isNext
            } ? .stall : .forward
        }
    }

    private func judge(_ message: Message) -> Verdict { rule.withLock { $0 }(message) }

    /// The two ends of one connection. Both are on one event loop.
    private final class Link: @unchecked Sendable {
        let client: any Channel
        let server: any Channel
        let judge: @Sendable (Message) -> Verdict
        var number = 0
        var isStalled = false

        init(client: any Channel, server: any Channel, judge: @escaping @Sendable (Message) -> Verdict) {
            self.client = client
            self.server = server
            self.judge = judge
        }

        func cut() {
            client.close(promise: nil)
            server.close(promise: nil)
        }
    }

    /// Splits one direction into messages and passes them on.
    private final class Relay: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer

        private let side: Side
        private let link: Link
        private var buffer = ByteBuffer()
        private var isFirst: Bool

        init(_ side: Side, _ link: Link) {
            self.side = side
            self.link = link
            isFirst = side == .client
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            buffer.writeBuffer(&bytes)
            let target = side == .client ? link.server : link.client
            while !link.isStalled, let (type, message) = next() {
                let verdict = link.judge(Message(side: side, type: type, number: link.number))
                link.number += 1
                switch verdict {
                case .forward: target.write(message, promise: nil)
                case .stall: link.isStalled = true
                case .cut:
                    target.flush()
                    link.cut()
                    return
                }
            }
            target.flush()
        }

        func channelInactive(context: ChannelHandlerContext) { link.cut() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { link.cut() }

        private func next() -> (UInt8, ByteBuffer)? {
            let head = isFirst ? 0 : 1
            guard let length = buffer.getInteger(at: buffer.readerIndex + head, as: UInt32.self) else { return nil }
            let type = isFirst ? 0 : buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) ?? 0
            guard let message = buffer.readSlice(length: head + Int(length)) else { return nil }
            isFirst = false
            return (type, message)
        }
    }
}
