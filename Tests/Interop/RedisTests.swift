// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerRedis
import TurnledgerStore

/// Keys in a Redis that Python's saver and Turnledger share, and one thread of theirs with its agent on either side.
struct SharedRedis: Sendable {
    /// The tests run where there are a Redis and its Python; with TURNLEDGER_REQUIRE_SERVICES=1 they fail without.
    static var isThere: Bool {
        let names = ["TURNLEDGER_TEST_REDIS", "TURNLEDGER_REDIS_PYTHON"]
        return names.allSatisfy { environment[$0] != nil } || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }

    private static let environment = ProcessInfo.processInfo.environment

    let prefix = "interop" + UniqueID.random().replacing("-", with: "")
    let thread: ThreadID = "shared:ä/1"
    let store: RedisStore
    let agent: InteropAgent
    private let url: String

    init(term: Duration? = nil) async throws {
        url = try #require(Self.environment["TURNLEDGER_TEST_REDIS"])
        var configuration = try RedisConfiguration(url: url)
        configuration.checkpointPrefix = "\(prefix)_c"
        configuration.writePrefix = "\(prefix)_w"
        store = try RedisStore(configuration, settings: RedisStoreSettings(prefix: prefix, term: term))
        agent = InteropAgent(store: store)
        try await PythonWorker.redis.ask("index", request())
        try await store.setUp()
    }

    func request(_ arguments: JSONObject = [:]) -> JSONObject {
        var request: JSONObject = [
            "redis": .string(url), "prefix": .string(prefix), "agent": "create_agent",
            "thread": .string(thread.rawValue),
        ]
        for member in arguments { request[member.key] = member.value }
        return request
    }

    /// A turn in Python; `nil`: what is left of one.
    @discardableResult
    func talkInPython(_ text: String?, _ more: JSONObject = [:]) async throws -> JSONValue {
        var request = request(more)
        if let text { request["text"] = .string(text) }
        return try await PythonWorker.redis.ask("talk", request)
    }

    func state() async throws -> JSONValue { try await PythonWorker.redis.ask("state", request()) }

    /// Expects a checkpoint for each step, each grown from the one before, on both sides.
    func expectOneHistory() async throws {
        let state = try await state()
        #expect(state["has_one_branch"] == true)
        let steps = state["steps"]?.array?.compactMap(\.integer) ?? []
        #expect(steps == (0..<Int64(steps.count)).map { $0 - 1 })
        let listed = try await store.list(CheckpointQuery(thread: thread, namespace: .root)).collect()
        #expect(listed.compactMap(\.checkpoint.metadata.step).reversed() == steps.map { Int($0) })
    }
}

@Suite("A thread in Redis that Python and Turnledger share", .enabled(if: SharedRedis.isThere))
struct RedisTests {
    @Test("is begun in Python, continued for two turns, and continued again by Python")
    func thereAndBack() async throws {
        let shared = try await SharedRedis()
        try await shared.talkInPython("What is 1+2 and 3+4?")
        let before = try await shared.state()
        try await shared.agent.talk("What is 5+6?", in: shared.thread)
        try await shared.agent.talk("Thank you: 世界", in: shared.thread)
        #expect(shared.agent.adder.ran == ["5+6"])
        let between = try await shared.state()
        #expect(between.messages.prefix(before.messages.count) == before.messages[...])
        #expect(between["next"] == [])
        let after = try await shared.talkInPython("And 7+8?")
        #expect(after.messages.prefix(between.messages.count) == between.messages[...])
        #expect(
            after.messages.compactMap { $0["text"]?.string }.filter { !$0.isEmpty } == [
                "What is 1+2 and 3+4?", "3", "7", "The sums: 3, 7", "What is 5+6?", "11", "The sums: 11",
                "Thank you: 世界", "After 9 messages you said: Thank you: 世界", "And 7+8?", "15", "The sums: 15",
            ])
        #expect(after["ran"] == ["7+8"])
        try await shared.agent.talk("And 9+9?", in: shared.thread)
        #expect(try await shared.state().messages.last?["text"] == "The sums: 18")
        try await shared.expectOneHistory()
        await shared.store.close()
    }

    @Test("has its tools run by Turnledger when Python stopped after the model's calls")
    func toolsRunHere() async throws {
        let shared = try await SharedRedis()
        let stopped = try await shared.talkInPython("What is 1+2 and 3+4?", ["stops_before_tools": true])
        #expect(stopped["next"] == ["tools", "tools"])
        try await shared.agent.run(in: shared.thread)
        #expect(shared.agent.adder.ran == ["1+2", "3+4"])
        #expect(try await shared.state().messages.last?["text"] == "The sums: 3, 7")
        #expect(try await shared.talkInPython("And 7+8?")["ran"] == ["7+8"])
        try await shared.expectOneHistory()
        await shared.store.close()
    }

    @Test("has no tool run again in Python that had ended in Turnledger")
    func finishedHere() async throws {
        let shared = try await SharedRedis()
        try await shared.agent.crash(
            in: shared.thread, asking: "What is 1+2 and 3+4?", duringLastOf: ["1+2", "3+4"])
        #expect(shared.agent.adder.ran == ["1+2"])
        let after = try await shared.talkInPython(nil)
        #expect(after["ran"] == ["3+4"])
        #expect(after.messages.last?["text"] == "The sums: 3, 7")
        try await shared.expectOneHistory()
        await shared.store.close()
    }

    @Test("is gone for Python too when it is deleted here, its subgraphs' checkpoints with it, and no other")
    func deleted() async throws {
        let shared = try await SharedRedis()
        let threads = try await PythonWorker.redis.ask("write_corpus", shared.request())
        let all = try await PythonWorker.redis.ask("places", shared.request(["threads": threads])).array ?? []
        let nested = all.filter { $0.array?[1] != "" }.compactMap { $0.array?.first?.string }
        let gone = try #require(nested.first)
        try await shared.store.delete(ThreadID(gone))
        let left = try await PythonWorker.redis.ask("places", shared.request(["threads": threads])).array ?? []
        #expect(left.allSatisfy { $0.array?.first?.string != gone })
        #expect(left.count == all.filter { $0.array?.first?.string != gone }.count)
        await shared.store.close()
    }

    @Test("of every kind reads the same in Python when Turnledger has written what it read")
    func corpus() async throws {
        let (shared, copy) = (try await SharedRedis(), try await SharedRedis())
        var threads = try await PythonWorker.redis.ask("write_corpus", shared.request()).array ?? []
        #expect(threads.count >= 14)
        let samples = try Self.samples()
        let written = try await PythonWorker.redis.ask("write_golden", shared.request(["samples": .array(samples)]))
        threads += samples.compactMap { $0["name"]?.string }.filter { written[$0]?["error"] == nil }
            .map { .string("golden-\($0)") }
        let places =
            try await PythonWorker.redis.ask(
                "places", shared.request(["threads": .array(threads)])
            ).array ?? []
        for place in places.reversed() {
            let texts = place.array?.compactMap(\.string) ?? []
            let reference = CheckpointReference(
                thread: ThreadID(texts[0]), namespace: Namespace(texts[1]), id: CheckpointID(texts[2]))
            let stored = try #require(try await shared.store.checkpoint(reference), "\(texts)")
            try await stored.write(into: copy.store)
        }
        let judged = try await PythonWorker.redis.ask(
            "same", shared.request(["other": .string(copy.prefix), "places": .array(places)]))
        #expect(judged["differences"] == [])
        #expect(judged["compared"]?.integer ?? 0 > 150)
        await shared.store.close()
        await copy.store.close()
    }

    /// The samples that a saver without a key can read, and Python's saver for Redis can write.
    private static func samples() throws -> [JSONValue] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "TurnledgerStoreTests/Fixtures/serde-golden.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .map { try JSONValue.parse(String($0)) }
            .filter { $0["hex"] != nil && $0["type"]?.string?.hasSuffix("+aes") == false }
    }
}
