// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A small HTTP server on 127.0.0.1 that plays raw byte scripts, one for each request.
///
/// It writes what it is told, byte for byte: right answers, wrong ones, pieces, silence, cut connections. Requests are
/// read properly and recorded. Each connection serves one request after another until its script cuts it.
package final class ScriptedUpstream: Sendable {
    /// What the server does with one request.
    package struct Script: Sendable {
        package enum Step: Sendable {
            case send([UInt8])
            /// Waits until the latch is released.
            case wait(Latch)
            /// Closes the connection.
            case close
            /// Resets the connection: whatever the other side has not read is lost.
            case reset
        }

        package var steps: [Step]

        package init(_ steps: [Step]) { self.steps = steps }

        /// Whole bytes of an HTTP response, as they are.
        package static func raw(_ text: String, close: Bool = true) -> Script {
            Script([.send(Array(text.utf8))] + (close ? [.close] : []))
        }

        /// A response with a length.
        package static func response(
            _ status: Int = 200, headers: [String: String] = [:], body: String = "",
            contentType: String = "application/json"
        ) -> Script {
            var text = "HTTP/1.1 \(status) Status\r\ncontent-type: \(contentType)\r\n"
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
            text += "content-length: \(body.utf8.count)\r\n\r\n" + body
            return Script([.send(Array(text.utf8))])
        }

        /// An event stream whose pieces are sent one by one as HTTP chunks, then the end.
        package static func events(_ pieces: [String], headers: [String: String] = [:]) -> Script {
            var script = eventsHead(headers: headers)
            for piece in pieces { script = script.chunk(piece) }
            return script.end()
        }

        /// The head of an event stream: add `chunk`, `wait`, and `end`, `close` or `reset`.
        package static func eventsHead(headers: [String: String] = [:]) -> Script {
            var text = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
            return Script([.send(Array((text + "transfer-encoding: chunked\r\n\r\n").utf8))])
        }

        package func chunk(_ text: String) -> Script {
            let bytes = Array(text.utf8)
            return adding(.send(Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + Array("\r\n".utf8)))
        }

        package func wait(for latch: Latch) -> Script { adding(.wait(latch)) }
        package func end() -> Script { adding(.send(Array("0\r\n\r\n".utf8))) }
        package func close() -> Script { adding(.close) }
        package func reset() -> Script { adding(.reset) }

        private func adding(_ step: Step) -> Script { Script(steps + [step]) }
    }

    /// Holds a script until it is released.
    package final class Latch: Sendable {
        private struct State {
            var isReleased = false
            var waiters: [@Sendable () -> Void] = []
        }

        private let state = Mutex(State())

        package init() {}

        package func release() {
            let waiters = state.withLock { state in
                state.isReleased = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter() }
        }

        /// Waits until the latch is released.
        package func released() async {
            await withCheckedContinuation { continuation in
                whenReleased { continuation.resume() }
            }
        }

        fileprivate func whenReleased(_ action: @escaping @Sendable () -> Void) {
            let isReleased = state.withLock { state in
                if !state.isReleased { state.waiters.append(action) }
                return state.isReleased
            }
            if isReleased { action() }
        }
    }

    /// A request as it came.
    package struct Request: Sendable {
        package var method: String
        package var uri: String
        /// Names in lower case.
        package var headers: [String: String]
        package var body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State {
        var requests: [Request] = []
        var opened = 0
        var closed = 0
    }

    private final class Record: Sendable {
        let state = Mutex(State())
        let script: @Sendable (Request, Int) -> Script

        init(script: @escaping @Sendable (Request, Int) -> Script) { self.script = script }
    }

    private let channel: any Channel
    private let record: Record

    /// Starts a server that makes each script from its request and the request's number, from 0.
    package init(answering script: @escaping @Sendable (Request, Int) -> Script) async throws {
        let record = Record(script: script)
        self.record = record
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try channel.pipeline.syncOperations.addHandler(Player(record: record))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Starts a server that plays the scripts in order, and 500 beyond them.
    package convenience init(_ scripts: [Script]) async throws {
        try await self.init { _, index in
            index < scripts.count ? scripts[index] : .response(500, body: #"{"error":{"message":"script over"}}"#)
        }
    }

    deinit { channel.close(promise: nil) }

    /// Stops listening; from then on connections are refused. Connections that are open stay.
    package func stopListening() async throws {
        try await channel.close().get()
    }

    package var port: Int { channel.localAddress?.port ?? 0 }
    /// `http://127.0.0.1:PORT`, without a path.
    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { record.state.withLock { $0.requests } }
    package var openedConnections: Int { record.state.withLock { $0.opened } }
    /// How many connections have ended, from whichever side.
    package var closedConnections: Int { record.state.withLock { $0.closed } }

    /// Waits until a condition holds, looking every few milliseconds; returns whether it did within the time.
    package func eventually(
        within limit: Duration = .seconds(60), _ condition: @Sendable (ScriptedUpstream) -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if condition(self) { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return condition(self)
    }

    /// Reads the requests of one connection and plays their scripts.
    private final class Player: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private let record: Record
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(record: Record) { self.record = record }

        func channelActive(context: ChannelHandlerContext) {
            record.state.withLock { $0.opened += 1 }
            context.fireChannelActive()
        }

        func channelInactive(context: ChannelHandlerContext) {
            record.state.withLock { $0.closed += 1 }
            context.fireChannelInactive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let bytes):
                body += bytes.readableBytesView
            case .end:
                guard let head else { return }
                let request = Request(
                    method: head.method.rawValue, uri: head.uri,
                    headers: Dictionary(
                        head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
                    body: body)
                let index = record.state.withLock { state in
                    state.requests.append(request)
                    return state.requests.count - 1
                }
                Self.play(record.script(request, index).steps[...], on: context.channel)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private static func play(_ steps: ArraySlice<Script.Step>, on channel: any Channel) {
            guard let step = steps.first else { return }
            let rest = steps.dropFirst()
            switch step {
            case .send(let bytes):
                channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenSuccess { play(rest, on: channel) }
            case .wait(let latch):
                latch.whenReleased { channel.eventLoop.execute { play(rest, on: channel) } }
            case .close:
                channel.close(promise: nil)
            case .reset:
                // Closing with a linger time of 0 sends a reset.
                guard let provider = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
                provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .whenComplete { _ in channel.close(promise: nil) }
            }
        }
    }
}
