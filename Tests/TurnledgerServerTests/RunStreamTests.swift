// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerServer

@Suite("Writing a stream")
struct RunStreamTests {
    /// Keeps what is written, and acts on it.
    final class Recorder: ResponseBodyWriter, Sendable {
        private let state = Mutex<[String]>([])
        private let onWrite: @Sendable (String) throws -> Void

        init(onWrite: @escaping @Sendable (String) throws -> Void = { _ in }) { self.onWrite = onWrite }

        var writes: [String] { state.withLock { $0 } }

        func write(_ buffer: ByteBuffer) async throws {
            let text = String(buffer: buffer)
            state.withLock { $0.append(text) }
            try onWrite(text)
        }

        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private func begin(_ answer: ScriptedModel.Answer) async throws -> (ServerFixture, RunFollower) {
        let fixture = try ServerFixture([answer])
        let turn = Turn(thread: "t", owner: "local", message: .human("Hello.", id: "u1"))
        return (fixture, try await fixture.service.begin(turn))
    }

    private func stream(
        _ follower: RunFollower, keepAlive: Duration = .seconds(60), stopDeadline: Duration = .seconds(60)
    ) -> RunStream {
        RunStream(follower: follower, clock: StreamClock(keepAlive: keepAlive, stopDeadline: stopDeadline))
    }

    @Test("breaks silence with comments, and goes on")
    func keepAlive() async throws {
        let gate = Gate()
        let (_, follower) = try await begin(.text("Done.").waiting(at: gate))
        let comments = Mutex(0)
        let recorder = Recorder { text in
            guard text == ": keep-alive\n\n" else { return }
            if comments.withLock({
                $0 += 1; return $0
            }) == 3 {
                gate.open()
            }
        }
        var writer: any ResponseBodyWriter = recorder
        try await stream(follower, keepAlive: .milliseconds(5)).write(to: &writer)
        let text = recorder.writes.joined()
        try await StreamCheck.verify(stream: text)
        #expect(try chunks(of: text).deltas == "Done.")
    }

    @Test(
        """
        agent-service-toolkit 126, CopilotKit 6984, llama.cpp 23994: nothing is sent while a tool is silent, and proxies close \
        the stream
        """)
    func slowTool() async throws {
        struct SlowTool: Tool {
            struct Arguments: Decodable {}

            let name = "slow"
            let description = "Takes long."
            let gate: Gate

            func call(arguments: Arguments) async throws -> [String: Bool] {
                try await gate.pass()
                return ["done": true]
            }
        }
        let gate = Gate()
        let call = ToolCall(id: "call_s", name: "slow", arguments: [:])
        let fixture = try ServerFixture([.toolCalls([call]), .text("Done.")], tools: [SlowTool(gate: gate)])
        let turn = Turn(thread: "t", owner: "local", message: .human("Hello.", id: "u1"))
        let follower = try await fixture.service.begin(turn)
        try await gate.reached()
        // As many as a minute has with the keep-alive that is configured by default.
        let comments = Mutex(0)
        let recorder = Recorder { text in
            guard text == ": keep-alive\n\n" else { return }
            let count = comments.withLock { count in
                count += 1
                return count
            }
            if count == 4 { gate.open() }
        }
        var writer: any ResponseBodyWriter = recorder
        try await stream(follower, keepAlive: .milliseconds(5)).write(to: &writer)
        let text = recorder.writes.joined()
        try await StreamCheck.verify(stream: text)
        let all = try chunks(of: text)
        #expect(all.first("tool-output-available")?["output"] == ["done": true])
        #expect(all.deltas == "Done.")
    }

    @Test("writes chunks that are ready together together")
    func batches() async throws {
        let words = String(repeating: "word ", count: 200)
        let (fixture, follower) = try await begin(.text(words))
        for try await _ in follower {}
        let recorder = Recorder()
        var writer: any ResponseBodyWriter = recorder
        try await stream(try await fixture.service.follow(follower.run)).write(to: &writer)
        #expect(recorder.writes.count < 10)
        #expect(try chunks(of: recorder.writes.joined()).count > 200)
    }

    @Test("a client that goes away does not stop the run")
    func disconnect() async throws {
        let gate = Gate()
        let (fixture, follower) = try await begin(.text("Still done.").waiting(at: gate))
        struct Gone: Error {}
        var writer: any ResponseBodyWriter = Recorder { _ in throw Gone() }
        await #expect(throws: Gone.self) { try await stream(follower).write(to: &writer) }
        gate.open()
        for try await _ in follower {}
        #expect(try await fixture.service.messages(of: "t").last?.text == "Still done.")
    }

    @Test("cancelling it ends it at once, also in silence")
    func cancellation() async throws {
        let gate = Gate()
        let (_, follower) = try await begin(.text("Done.").waiting(at: gate))
        let writing = Task { [stream = stream(follower)] in
            var writer: any ResponseBodyWriter = Recorder()
            try await stream.write(to: &writer)
        }
        try await gate.reached()
        writing.cancel()
        await #expect(throws: CancellationError.self) { try await writing.value }
        gate.open()
    }

    @Test("is told when the server stops and the deadline has passed; the run is not")
    func gracefulStop() async throws {
        let gate = Gate()
        let (fixture, follower) = try await begin(.text("Done.").waiting(at: gate))
        struct Writing: Service {
            let stream: RunStream
            let recorder: Recorder

            func run() async throws {
                var writer: any ResponseBodyWriter = recorder
                try await stream.write(to: &writer)
                try await gracefulShutdown()
            }
        }
        let recorder = Recorder()
        let writing = Writing(stream: stream(follower, stopDeadline: .milliseconds(5)), recorder: recorder)
        let group = ServiceGroup(services: [writing], logger: .quiet)
        let running = Task { try await group.run() }
        try await gate.reached()
        await group.triggerGracefulShutdown()
        try await running.value
        let text = recorder.writes.joined()
        try await StreamCheck.verify(stream: text)
        #expect(try chunks(of: text).last?["errorText"]?.string?.contains("server stops") == true)
        gate.open()
        for try await _ in follower {}
        #expect(try await fixture.service.messages(of: "t").last?.text == "Done.")
    }
}
