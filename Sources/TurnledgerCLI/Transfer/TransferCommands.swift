// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TurnledgerStore
import TurnledgerTransfer

/// `turnledger transfer plan`.
struct TransferPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Counts what there is to move, and what cannot be moved and why.",
        discussion:
            "Looks through the whole source. Moves nothing. Exit codes: 0 done, 1 failed, 64 wrong command line.")

    @OptionGroup var options: TransferOptions

    func run() async throws {
        let ends = try await TransferEnds(options)
        let transfer = Transfer(from: ends.source, to: ends.target, journal: ends.journal)
        let progress = ProgressLine(isShown: !options.json)
        try await readable { try await transfer.scan { progress.show($0) } }
        progress.end()
        try await TransferReport(ends.journal).print(asJSON: options.json)
    }
}

/// `turnledger transfer copy`.
struct TransferCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copies what is not in the target as it is in the source.",
        discussion: """
            Threads are stored under their own IDs, parents first. What is there already stays. Exit codes: 0 done, 1 \
            failed, 64 wrong command line.
            """)

    @OptionGroup var options: TransferOptions

    @Option(help: "How many threads are on their way at once.")
    var parallel = 4

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 64.") }
    }

    func run() async throws {
        let ends = try await TransferEnds(options)
        let transfer = Transfer(from: ends.source, to: ends.target, journal: ends.journal, parallelism: parallel)
        let progress = ProgressLine(isShown: !options.json)
        try await readable {
            try await transfer.copy { progress.show($0) }
        }
        progress.end()
        try await TransferReport(ends.journal).print(asJSON: options.json)
    }
}

/// `turnledger transfer verify`.
struct TransferVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compares every checkpoint of the source with what the target has.",
        discussion: """
            Looks through the source again, then compares values, versions, metadata and writes, decoded. Exit codes: 0 \
            all is equal, 1 something differs or failed, 64 wrong command line.
            """)

    @OptionGroup var options: TransferOptions

    func run() async throws {
        let ends = try await TransferEnds(options)
        let progress = ProgressLine(isShown: !options.json)
        let transfer = Transfer(from: ends.source, to: ends.target, journal: ends.journal)
        try await readable { try await transfer.scan { progress.show($0) } }
        let report = try await readable {
            try await Verification(of: ends.source, against: ends.target, journal: ends.journal).run {
                progress.show("\($0.checkpoints) checkpoints compared")
            }
        }
        progress.end()
        if options.json {
            print(report.json.text)
        } else {
            print(
                "\(report.threads) threads, \(report.checkpoints) checkpoints compared: \(report.equal) equal, "
                    + "\(report.checkpoints - report.equal) not, in \(report.differingThreads) threads.")
            for difference in report.differences { print("  \(difference.text)") }
            for problem in report.problems { print("  \(problem.key): \(problem.detail)") }
        }
        guard report.equal == report.checkpoints else { throw ExitCode.failure }
    }
}

/// What a transfer found and did, as it is printed.
private struct TransferReport {
    private let counts: TransferCounts
    private let problems: [TransferProblem]

    init(_ journal: any TransferJournal) async throws(StoreError) {
        counts = try await journal.counts()
        problems = try await journal.problems(limit: 100)
    }

    func print(asJSON: Bool) {
        if asJSON {
            var kinds = JSONObject()
            for kind in TransferProblem.Kind.allCases {
                kinds[kind.rawValue] = .integer(Int64(counts.problems[kind] ?? 0))
            }
            let json: JSONValue = [
                "threads": .integer(Int64(counts.threads)), "checkpoints": .integer(Int64(counts.checkpoints)),
                "writes": .integer(Int64(counts.writes)), "moved_threads": .integer(Int64(counts.movedThreads)),
                "problems": .object(kinds), "first_problems": .array(problems.map(\.json)),
            ]
            Swift.print(json.text)
            return
        }
        Swift.print(
            "\(counts.threads) threads, \(counts.checkpoints) checkpoints, \(counts.writes) pending writes found; "
                + "\(counts.movedThreads) threads moved.")
        for kind in TransferProblem.Kind.allCases {
            guard let count = counts.problems[kind] else { continue }
            Swift.print("\(count) \(kind.rawValue):")
            for problem in problems where problem.kind == kind { Swift.print("  \(problem.key): \(problem.detail)") }
        }
    }
}

extension TransferProblem {
    fileprivate var json: JSONValue {
        ["kind": .string(kind.rawValue), "key": .string(key), "detail": .string(detail)]
    }
}

extension Verification.Report {
    fileprivate var json: JSONValue {
        [
            "threads": .integer(Int64(threads)), "checkpoints": .integer(Int64(checkpoints)),
            "equal": .integer(Int64(equal)), "differing_threads": .integer(Int64(differingThreads)),
            "differences": .array(
                differences.map { difference in
                    [
                        "thread": .string(difference.thread.rawValue),
                        "namespace": difference.namespace.map { .string($0.rawValue) } ?? .null,
                        "checkpoint": difference.checkpoint.map { .string($0.rawValue) } ?? .null,
                        "parts": .array(difference.parts.map { .string($0) }),
                    ]
                }),
            "problems": .array(problems.map(\.json)),
        ]
    }
}

extension Verification.Report.Difference {
    fileprivate var text: String {
        let place = [namespace?.rawValue ?? "", checkpoint?.rawValue ?? ""].filter { !$0.isEmpty }
        return ([thread.rawValue] + place).joined(separator: " ") + ": " + parts.joined(separator: "; ")
    }
}

/// One line of a terminal that is written over again and again; nothing where standard error is none.
private final class ProgressLine {
    private let isShown: Bool

    init(isShown: Bool) { self.isShown = isShown && isatty(STDERR_FILENO) == 1 }

    func show(_ progress: Transfer.Progress) {
        switch progress {
        case .found(let checkpoints): show("\(checkpoints) checkpoints found")
        case .moved(let threads): show("\(threads) threads moved")
        }
    }

    func show(_ text: String) {
        guard isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    func end() {
        guard isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
