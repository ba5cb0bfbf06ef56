// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("Task IDs")
struct TaskIDTests {
    @Test("are those that LangGraph computed, for every task of its runs")
    func recomputed() throws {
        let dump = RuntimeDump.shared
        var tasks: [String: RuntimeDump.WriteEntry] = [:]
        for write in dump.writes where write.taskPath.hasPrefix("~__pregel_") {
            // A call from within a task hashes its caller's path; Turnledger makes none.
            if write.taskPath.hasPrefix("~__pregel_push, ~") { continue }
            tasks[write.taskID] = write
        }
        var recomputed = 0
        for (id, write) in tasks {
            guard let entry = dump.checkpoints.first(where: { $0.id == write.checkpoint }) else { continue }
            let candidates = try Self.candidates(write, dump.checkpoint(entry))
            #expect(candidates.contains(TaskID(id)), "\(write.taskPath)")
            recomputed += 1
        }
        #expect(recomputed >= 40)
    }

    @Test("name the interrupts of their tasks")
    func interrupts() throws {
        var seen = 0
        for write in RuntimeDump.shared.writes where write.channel == "__interrupt__" && write.namespace.isEmpty {
            guard let node = write.taskPath.split(separator: " ").last, node != "sub" else { continue }
            let interrupt = try write.payload.decoded().array?.first?.ext?.asInterrupt
            #expect(interrupt?.id == InterruptID.make(namespace: "\(node):\(write.taskID)"))
            seen += 1
        }
        #expect(seen > 0)
    }

    @Test("have paths with numbers of ten digits")
    func paths() {
        #expect(TaskPath.pull("model") == "~__pregel_pull, model")
        #expect(TaskPath.push(0) == "~__pregel_push, 0000000000, 0000000000")
        #expect(TaskPath.push(12) == "~__pregel_push, 0000000012, 0000000000")
    }

    /// The dump does not say which triggers or which send started a task: all that are possible.
    private static func candidates(_ write: RuntimeDump.WriteEntry, _ checkpoint: Checkpoint) throws -> [TaskID] {
        let superstep = try #require(checkpoint.metadata.step) + 1
        let parts = write.taskPath.components(separatedBy: ", ")
        let namespace = { (node: String) in write.namespace.isEmpty ? node : write.namespace + "|" + node }
        if parts[0] == "~__pregel_pull" {
            let node = parts[1]
            let joins = checkpoint.channelVersions.keys.filter { $0.hasPrefix("join:") && $0.hasSuffix(":" + node) }
            let triggers: [[String]] =
                [["branch:to:" + node], ["__start__"], ["branch:to:" + node] + joins] + joins.map { [$0] }
            return triggers.map {
                TaskID.pull(
                    checkpoint: checkpoint.id, namespace: namespace(node), superstep: superstep, node: node,
                    triggers: $0)
            }
        }
        let index = try #require(Int(parts[1]))
        let sends = try #require(try checkpoint.channelValues["__pregel_tasks"]?.decoded().array)
        let send = try #require(sends[index].ext?.asSend)
        return [
            TaskID.push(
                checkpoint: checkpoint.id, namespace: namespace(send.node), superstep: superstep, node: send.node,
                index: index)
        ]
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var result: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            result.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return result + [String(rest)]
    }
}
