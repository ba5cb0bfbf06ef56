// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import ServiceLifecycle
import TurnledgerServer
import UnixSignals

/// `turnledger serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves chat, threads and health over HTTP.",
        discussion: """
            At start the store is opened and brought up to date, the model is tested, and the search index is built; the
            log on standard error says what is used. Unfinished answers of an earlier process are continued.

                turnledger serve
                turnledger serve --port 9000 --store sqlite:/var/lib/turnledger/chat.sqlite
                turnledger serve --model openai --model-url http://127.0.0.1:11434/v1 --model-name qwen3

            Anywhere but on loopback it starts only with `auth` configured: see `turnledger config check --keys`.

            Every open stream is an open file: the soft limit is raised to the hard one (`ulimit -Hn`).

            SIGTERM and SIGINT stop it gracefully: no new requests, open streams get server.stop_deadline seconds, and
            what is unfinished then goes on at the next start.

            Exit codes: 0 stopped as asked, 1 could not start or broke, 64 the command line is wrong.
            """)

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var modelOptions: ModelOptions

    @Option(help: "The address to listen on; by default 127.0.0.1.")
    var host: String?

    @Option(help: "The port to listen on; by default 8000, 0 for any free one.")
    var port: String?

    func run() async throws {
        let flags = modelOptions.flags.merging(["server.host": host, "server.port": port]) { own, _ in own }
        let values = try storeOptions.values(flags: flags)
        let asked = try values.serverSettings()
        try asked.validate()
        let logger = try Logger.forCommand(level: values.logLevel())

        Allocator.keepFewArenas()
        let files = OpenFileLimit.raise()
        let budget = DescriptorBudget(
            limit: files.map { Int(clamping: $0) } ?? 1024, open: DescriptorBudget.open,
            pool: try values.integer("postgresql.pool.maximum", in: 2...1000),
            asksModel: try ModelOpener.asksModel(values))
        let settings = asked.serving(budget.clients)
        logger.info(
            "Open files",
            metadata: [
                "limit": "\(files.map(String.init) ?? "unknown")", "clients": "\(budget.clients)",
                "model_connections": "\(budget.upstream)",
            ])
        let access = try values.metricsAccess()
        let measures = access == .off ? nil : ServerMeasures()
        let tracing = try ServerTracing.make(values, measures: measures, logger: logger)
        let assembly = try await AgentAssembly.make(
            values, connections: budget.upstream, measures: measures, tracing: tracing, logger: logger)
        let identity = ServerIdentity(
            version: TurnledgerVersion.current, store: assembly.storeName, model: assembly.modelName)
        let routes = TurnledgerRoutes(
            service: assembly.service, store: assembly.store, clauses: assembly.regulations.lookup, identity: identity,
            chat: settings.chat, stopDeadline: settings.stopDeadline,
            metrics: measures?.endpoint(
                store: assembly.store, database: assembly.database, at: assembly.location, access: access),
            operators: Set(try values.list("auth.operators")))
        let server = try ChatServer(
            routes: routes, settings: settings, logger: logger, tracer: tracing?.tracer
        ) { port in
            logger.notice(
                "Serving",
                metadata: [
                    "address": "http://\(settings.host):\(port)", "store": "\(assembly.storeName)",
                    "model": "\(assembly.modelName)", "clauses": "\(assembly.regulations.count)",
                    "auth": "\(settings.access.summary)", "version": "\(TurnledgerVersion.current)",
                ])
        }
        for finding in await Doctor(values: values).essentials(of: assembly.database, at: assembly.location) {
            var facts: Logger.Metadata = ["check": "\(finding.check.rawValue)", "finding": "\(finding.text)"]
            if let cure = finding.cure { facts["cure"] = "\(cure)" }
            logger.log(level: finding.status == .ok ? .debug : .warning, "Checked at start", metadata: facts)
        }
        let keepers = try KeeperServices.make(assembly.store, values, logger: logger)
        let exporters: [any Service] = tracing.map { [$0.exporter] } ?? []
        var group = ServiceGroupConfiguration(
            // Stopped in the reverse order: what sends spans away goes last.
            services: exporters + assembly.services(stopDeadline: settings.stopDeadline) + keepers + [server],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = settings.stopDeadline * 2 + .seconds(10)
        try await ServiceGroup(configuration: group).run()
    }
}

extension AccessRule {
    /// The rule in a word or two, for the log.
    fileprivate var summary: String {
        switch self {
        case .unset: "none (loopback only)"
        case .none: "none"
        case .required(let tokens, let proxy):
            [tokens.isEmpty ? nil : "\(tokens.count) tokens", proxy.map { "proxy header \($0.ownerHeader)" }]
                .compactMap(\.self).joined(separator: ", ")
        }
    }
}

extension Logger {
    /// A logger for a command: everything on standard error, so that standard output is the command's own.
    static func forCommand(level: Logger.Level) -> Logger {
        var logger = Logger(label: "turnledger") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
