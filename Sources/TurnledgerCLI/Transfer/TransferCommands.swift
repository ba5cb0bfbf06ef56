// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TurnledgerStore
import TurnledgerTransfer

/// `turnledger transfer plan`.
struct TransferPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Counts what there is to move, and what cannot be moved and why.",
        discussion: """
            Reads the whole source. Moves nothing. Exit codes: 0 done, 1 failed, 64 wrong command line.
            """)

    @OptionGroup var options: TransferOptions

    @Flag(help: "Look through the source, and read a sample of its threads only.")
    var quick = false

    func run() async throws {
        let ends = try await TransferEnds(options)
        let transfer = ends.transfer(options)
        let progress = ProgressLine(isShown: !options.json)
        try await readable { try await transfer.scan { progress.show($0) } }
        let counts = try await readable { try await ends.journal.counts() }
        let survey = Survey(
            of: ends.source, journal: ends.journal, parallelism: options.parallel,
            readsPerSecond: options.readsPerSecond)
        let report = try await readable {
            try await survey.run(threads: quick ? 128 : nil) {
                progress.show($0.threads, of: quick ? min(128, counts.threads) : counts.threads, "threads read")
            }
        }
        progress.end()
        try await TransferPlan(ends.journal, report, keepsTerms: ends.target is any RetentionStore)
            .print(asJSON: options.json)
    }
}

/// `turnledger transfer copy`.
struct TransferCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copies what is not in the target as it is in the source.",
        discussion: """
            Threads are stored under their own IDs, parents first, with owners, labels, runs and terms. What is there \
            already stays. Exit codes: 0 done, 1 failed, 64 wrong command line.
            """)

    @OptionGroup var options: TransferOptions

    @Flag(help: "Go on taking up what is written in the source, until the command is stopped.")
    var follow = false

    @Flag(help: "Go on until a look through the whole source finds nothing more to move.")
    var untilQuiet = false

    @Option(help: "Seconds between two looks at a source that does not tell what is written.")
    var every = 5.0

    func validate() throws {
        guard !(follow && untilQuiet) else { throw ValidationError("--follow and --until-quiet exclude each other.") }
        guard TransferEnds.archive(options.to) == nil || !(follow || untilQuiet) else {
            throw ValidationError("An archive takes no changes as they come: copy again when the source is quiet.")
        }
        guard every > 0, every <= 86_400 else { throw ValidationError("--every must be from 0 to 86400.") }
    }

    func run() async throws {
        let ends = try await TransferEnds(options)
        let transfer = ends.transfer(options)
        let progress = ProgressLine(isShown: !options.json)
        try await readable {
            if follow || untilQuiet {
                try await transfer.follow(every: .seconds(every), endsWhenQuiet: untilQuiet) { progress.show($0) }
            } else {
                try await transfer.copy { progress.show($0) }
            }
        }
        try await ends.archive?.finish(ends.target)
        progress.end()
        try await TransferReport(ends.journal).print(asJSON: options.json)
    }
}

/// `turnledger transfer verify`.
struct TransferVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compares every checkpoint of the source with what the target has.",
        discussion: """
            Looks through the source again, then compares values, versions, metadata, writes, records and runs, decoded. \
            Exit codes: 0 all is equal, 1 something differs, cannot be read or failed, 64 wrong command line.
            """)

    @OptionGroup var options: TransferOptions

    @Option(help: "Write what was compared and what differs into this file, as JSON.")
    var report: String?

    func run() async throws {
        let ends = try await TransferEnds(options, isForComparison: true)
        defer { ends.archive?.endComparison() }
        let progress = ProgressLine(isShown: !options.json)
        try await readable { try await ends.transfer(options).scan { progress.show($0) } }
        let counts = try await readable { try await ends.journal.counts() }
        let verification = Verification(
            of: ends.source, against: ends.target, journal: ends.journal, parallelism: options.parallel,
            readsPerSecond: options.readsPerSecond)
        let result = try await readable {
            try await verification.run { progress.show($0.threads, of: counts.threads, "threads compared") }
        }
        progress.end()
        if let report {
            do { try Data((result.json.text + "\n").utf8).write(to: URL(filePath: report), options: .atomic) } catch {
                throw ConfigurationError("The report \(report) cannot be written: \(error.localizedDescription)")
            }
        }
        if options.json {
            print(result.json.text)
        } else {
            print(
                "\(result.threads) threads, \(result.checkpoints) checkpoints compared: \(result.equal) equal, "
                    + "\(result.checkpoints - result.equal) not, in \(result.differingThreads) threads; "
                    + "\(result.unreadable) records of the source cannot be read.")
            for difference in result.differences { print("  \(difference.text)") }
            for problem in result.problems { print("  \(problem.key): \(problem.detail)") }
        }
        guard result.differingThreads == 0, result.unreadable == 0 else { throw ExitCode.failure }
    }
}

/// What there is to move, as it is printed.
private struct TransferPlan {
    private let counts: TransferCounts
    private let found: [TransferProblem]
    private let survey: Survey.Report
    /// Whether the target has a place for pins, holds and terms.
    private let keepsTerms: Bool

    init(
        _ journal: any TransferJournal, _ survey: Survey.Report, keepsTerms: Bool
    ) async throws(StoreError) {
        self.keepsTerms = keepsTerms
        counts = try await journal.counts()
        found = try await journal.problemsBesideReading(limit: Survey.problemLimit)
        self.survey = survey
    }

    /// Of the part that was read, for the whole.
    private var share: Double {
        survey.threads == 0 ? 1 : Double(counts.threads) / Double(survey.threads)
    }
    private var bytes: Int64 { Int64(Double(survey.bytes) * share) }
    private var seconds: Double { Double(survey.duration.microseconds) / 1e6 * share }
    private var problems: [TransferProblem] { found + survey.problems }

    private func count(_ kind: TransferProblem.Kind) -> Int {
        (counts.problemsBesideReading[kind] ?? 0) + (survey.counts[kind] ?? 0)
    }

    func print(asJSON: Bool) {
        if asJSON {
            var kinds = JSONObject()
            for kind in TransferProblem.Kind.allCases { kinds[kind.rawValue] = .integer(Int64(count(kind))) }
            let json: JSONValue = [
                "threads": .integer(Int64(counts.threads)), "checkpoints": .integer(Int64(counts.checkpoints)),
                "writes": .integer(Int64(counts.writes)), "moved_threads": .integer(Int64(counts.movedThreads)),
                "read_threads": .integer(Int64(survey.threads)), "owned_threads": .integer(Int64(survey.owned)),
                "expiring_threads": .integer(Int64(survey.expiring)),
                "unkept_threads": .integer(Int64(keepsTerms ? 0 : survey.kept)), "bytes": .integer(bytes),
                "seconds_of_reading": .double((seconds * 10).rounded() / 10), "problems": .object(kinds),
                "first_problems": .array(problems.map(\.json)),
            ]
            Swift.print(json.text)
            return
        }
        let term = keepsTerms ? ": they get that as their term" : ""
        let about = survey.threads < counts.threads ? "about " : ""
        Swift.print(
            """
            \(counts.threads) threads, \(counts.checkpoints) checkpoints, \(counts.writes) pending writes; \
            \(counts.movedThreads) threads are moved.
            \(about)\(bytes / 1_048_576) MiB of values. Reading takes about \(Int(seconds.rounded(.up))) s; copying as long or \
            some times as long, as fast as the target takes it.
            \(survey.expiring) of \(survey.threads) threads read expire in the source\(term). \
            \(survey.owned) have an owner.
            """)
        if !keepsTerms, survey.kept > 0 {
            Swift.print(
                "\(survey.kept) of \(survey.threads) threads read have a pin, a hold or a term, which the target cannot "
                    + "keep.")
        }
        for kind in TransferProblem.Kind.allCases where count(kind) > 0 {
            Swift.print("\(count(kind)) \(kind.rawValue):")
            for problem in problems where problem.kind == kind { Swift.print("  \(problem.key): \(problem.detail)") }
        }
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
            "unreadable": .integer(Int64(unreadable)),
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

/// One line of a terminal that is written over again and again; where standard error is none, what is new is said once.
private final class ProgressLine {
    private let isShown: Bool
    private let isTerminal: Bool
    private let begun = ContinuousClock.now
    private var caughtUp: ContinuousClock.Instant?

    init(isShown: Bool) {
        isTerminal = isatty(STDERR_FILENO) == 1
        self.isShown = isShown && isTerminal
    }

    func show(_ progress: Transfer.Progress) {
        switch progress {
        case .found(let checkpoints): show("\(checkpoints) checkpoints found\(lag)")
        case .moved(let threads, let total): show(threads, of: total, "threads moved")
        case .caughtUp(let isHearing):
            if caughtUp == nil, !isTerminal {
                FileHandle.standardError.write(
                    Data("Caught up; \(isHearing ? "the source tells" : "looking for") what is written.\n".utf8))
            }
            caughtUp = .now
            show("caught up; \(isHearing ? "hearing" : "looking for") what is written")
        }
    }

    /// How far behind the copy is, once it had caught up.
    private var lag: String {
        guard let caughtUp else { return "" }
        return ", caught up \(caughtUp.duration(to: .now).components.seconds) s ago"
    }

    func show(_ done: Int, of total: Int, _ what: String) {
        var text = "\(done) of \(total) \(what)\(lag)"
        if total > 0, done > 0, caughtUp == nil {
            let seconds = Double(begun.duration(to: .now).components.seconds)
            let left = Int(seconds / Double(done) * Double(max(0, total - done)))
            text +=
                " (\(min(100, done * 100 / total)) %, about \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left)"
        }
        show(text)
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
