// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Testing
import TurnledgerStore

@testable import TurnledgerTransfer

/// Two stores in memory, and servers on them.
struct MirrorPair {
    let first = InMemoryStore()
    let second = InMemoryStore()

    func server(
        first other: (any MirrorableStore)? = nil, second another: (any MirrorableStore)? = nil,
        takeOver: Duration = .seconds(5)
    ) -> MirrorStore {
        var settings = MirrorSettings()
        settings.takeOver = takeOver
        settings.beat = .milliseconds(20)
        settings.interval = .milliseconds(5)
        settings.barrier = .seconds(30)
        settings.patience = .seconds(60)
        return MirrorStore(
            first: other ?? first, second: another ?? second, settings: settings, logger: .silent)
    }

    /// Waits until nothing is left to be brought.
    func settle() async throws {
        while true {
            let left =
                try await first.mirrorBacklog(limit: 0).count + second.mirrorBacklog(limit: 0).count
            if left == 0 { return }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Records what one store has and the other has not, or otherwise.
    func expectEqual(_ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation) async throws {
        let left = try await contents(of: first)
        let right = try await contents(of: second)
        #expect(left.keys.sorted() == right.keys.sorted(), comment, sourceLocation: location)
        for (name, text) in left where right[name] != text {
            Issue.record("\(name): \(text) is not \(right[name] ?? "there")", sourceLocation: location)
        }
    }

    /// Everything, by name; beats are left out, which only a switch takes along.
    private func contents(of store: InMemoryStore) async throws -> [String: String] {
        var result: [String: String] = [:]
        for stored in try await store.list(CheckpointQuery()).collect() {
            let form = try CanonicalForm(stored)
            result["checkpoint \(stored.checkpoint.reference.text)"] = "\(form.parts.sorted { $0.key < $1.key })"
        }
        var query = ThreadQuery(limit: 100)
        repeat {
            let page = try await store.threads(query)
            for record in page.threads {
                var image = try #require(try await store.image(of: record.id))
                image.thread.lease?.beat = 0
                result["thread \(record.id)"] = "\(image)"
                for run in image.runs {
                    let events = try await store.events(of: run.id, from: 0, limit: 10_000)
                    result["events \(run.id)"] = "\(events)"
                }
            }
            query.cursor = page.next
        } while query.cursor != nil
        return result
    }
}

extension Logger {
    static var silent: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

extension MirrorStore {
    /// Lets the store bring what is marked while the body goes on.
    func running<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let task = Task { await run() }
        do {
            let value = try await body()
            task.cancel()
            await task.value
            return value
        } catch {
            task.cancel()
            await task.value
            throw error
        }
    }
}
