// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import TurnledgerStore

/// Looks at the way to a PostgreSQL server, one step after the other, and logs in nowhere.
enum NetworkProbe {
    /// What a server says to who asks for TLS.
    enum Answer: Sendable {
        case offersNoTLS
        /// - Parameter expiry: Of the certificate that it shows.
        case showsCertificate(expiry: Timestamp)
    }

    /// The addresses of a name. Away from the Swift tasks' threads: the system's resolver blocks.
    static func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
        try await NIOThreadPool.singleton.runIfActive {
            [try SocketAddress.makeAddressResolvingHost(host, port: port)]
        }
    }

    /// Whether something listens.
    static func connect(to address: SocketAddress, within deadline: Duration) async throws {
        let channel = try await bootstrap(deadline).connect(to: address).get()
        try await channel.close()
    }

    /// Asks for TLS as libpq does: "SSL Session Encryption" in the chapter "Frontend/Backend Protocol" of PostgreSQL's
    /// manual. Whether the certificate can be trusted is not judged here.
    ///
    /// - Parameter name: What the server is to prove to be; `nil` for an address.
    static func askForTLS(
        at address: SocketAddress, name: String?, within deadline: Duration
    ) async throws -> Answer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: Answer.self)
        let timeout = loop.scheduleTask(in: .nanoseconds(deadline.nanoseconds)) {
            answer.fail(ChannelError.connectTimeout(.nanoseconds(deadline.nanoseconds)))
        }
        defer { timeout.cancel() }
        let channel: any Channel
        do {
            channel = try await bootstrap(deadline, on: loop).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TLSProbeHandler(answer, name: name))
                }
            }.connect(to: address).get()
        } catch {
            answer.fail(error)
            return try await answer.futureResult.get()
        }
        do {
            let result = try await answer.futureResult.get()
            channel.close(promise: nil)
            return result
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    private static func bootstrap(_ deadline: Duration, on group: (any EventLoopGroup)? = nil) -> ClientBootstrap {
        ClientBootstrap(group: group ?? MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(deadline.nanoseconds))
    }
}

/// Sends the request for TLS and looks at the certificate that comes.
private final class TLSProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: EventLoopPromise<NetworkProbe.Answer>
    private let name: String?
    private var hasAsked = false

    init(_ answer: EventLoopPromise<NetworkProbe.Answer>, name: String?) {
        self.answer = answer
        self.name = name
    }

    func channelActive(context: ChannelHandlerContext) {
        // Its own length and the code that no version of the protocol has.
        var request = context.channel.allocator.buffer(capacity: 8)
        request.writeInteger(UInt32(8))
        request.writeInteger(UInt32(80_877_103))
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAsked, let byte = unwrapInboundIn(data).getInteger(at: 0, as: UInt8.self) else { return }
        hasAsked = true
        guard byte == UInt8(ascii: "S") else { return answer.succeed(.offersNoTLS) }
        do {
            let tls = try NIOSSLClientHandler(
                context: NIOSSLContext(configuration: .makeClientConfiguration()), serverHostname: name,
                customVerificationCallback: { [answer] certificates, verdict in
                    verdict.succeed(.failed)
                    guard let expiry = certificates.first?.notValidAfter else {
                        return answer.fail(NIOSSLError.noCertificateToValidate)
                    }
                    answer.succeed(
                        .showsCertificate(expiry: Timestamp(microseconds: Int64(expiry) * 1_000_000)))
                })
            try context.pipeline.syncOperations.addHandler(tls, position: .first)
        } catch {
            answer.fail(error)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(ChannelError.eof)
    }
}

extension Duration {
    /// `1.4 ms`, `2.30 s`.
    var readable: String {
        let milliseconds = Double(nanoseconds) / 1e6
        let tenths = (milliseconds * 10).rounded() / 10
        return milliseconds < 1000 ? "\(tenths) ms" : "\((milliseconds / 10).rounded() / 100) s"
    }
}
