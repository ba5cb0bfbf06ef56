// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

#if PostgreSQL
    import TurnledgerPostgres
#endif
#if Redis
    import TurnledgerRedis
#endif

/// Looks why a configuration does not work, or will not work for long, and changes nothing but the search index.
///
/// A check that needs what an earlier one found missing is left out: the first thing that failed is the one to mend.
struct Doctor: Sendable {
    let values: ConfigurationValues
    var clock: any WallClock = SystemWallClock()
    /// How long each step over the network may take.
    var deadline = Duration.seconds(5)
    var disk = DiskSpace.system

    /// All checks.
    ///
    /// - Parameter report: Called with each finding as soon as it is there.
    @discardableResult
    func examine(_ report: (Finding) -> Void = { _ in }) async -> [Finding] {
        var findings: [Finding] = []
        func add(_ found: [Finding]) {
            found.forEach(report)
            findings += found
        }
        add([configuration()])
        guard findings.status != .failed, let location = try? StoreLocation(values) else { return findings }
        let store: (any ConversationStore)?
        switch location {
        case .memory:
            store = InMemoryStore()
            add([
                .warning(
                    .store, "Conversations are kept in memory and go with the process.",
                    cure: "Name a store: sqlite:PATH, postgresql://… or redis://….")
            ])
        case .sqlite(let path):
            let (found, opened) = await sqlite(path)
            add(found)
            store = opened
        case .postgresql(let settings):
            #if PostgreSQL
                let opened = await postgres(settings) { add($0) }
                store = opened
            #else
                store = nil
            #endif
        case .redis, .mirror:
            do {
                store = try await StoreOpener.open(location)
                add([.ok(.store, "\(location) answers and has what its layout needs.")])
                #if Redis
                    if let store = store as? RedisStore { add(await condition(of: store)) }
                #endif
            } catch {
                store = nil
                add([.failed(.store, "\(error)", cure: "See `redis:` and `store.mirror` in docs/configuration.md.")])
            }
        }
        if let store { add(await roles(of: store, at: location)) }
        add(disk(of: location))
        add([await model()])
        if let store { add(await contents(of: store, at: location)) }
        add([await listening()])
        add([files()])
        return findings
    }

    /// All checks of a configuration that has yet to be read.
    static func examine(
        loading load: () throws -> ConfigurationValues, report: (Finding) -> Void = { _ in }
    ) async throws -> [Finding] {
        let values: ConfigurationValues
        do {
            values = try load()
        } catch let error as ConfigurationError {
            let finding = Finding.failed(.configuration, error.description, cure: keys)
            report(finding)
            return [finding]
        }
        return await Doctor(values: values).examine(report)
    }

    /// What `serve` looks at once its store is open: all that does not stop it, but may trouble it.
    func essentials(of store: any ConversationStore, at location: StoreLocation) async -> [Finding] {
        var findings: [Finding] = []
        #if PostgreSQL
            if case .postgresql(let settings) = location, let store = store as? PostgresStore {
                findings += await figures(of: store, settings)
            }
        #endif
        #if Redis
            if let store = store as? RedisStore { findings += await condition(of: store) }
        #endif
        findings += disk(of: location)
        findings.append(files())
        if let store = store as? any ChoreStore {
            findings += await retention(of: store)
            findings += await backups(of: store)
        }
        return findings
    }

    // MARK: Before and beside the store

    private static let keys = "`turnledger config check --keys` lists every key and its type."

    private func configuration() -> Finding {
        do {
            try values.validate()
            _ = try ModelOpener.make(values, logger: .forCommand(level: .critical))
            return .ok(
                .configuration,
                values.file.values.isEmpty
                    ? "No file; flags, environment and defaults." : "\(values.file.name) can be used.")
        } catch {
            return .failed(.configuration, "\(error)", cure: Self.keys)
        }
    }

    private func model() async -> Finding {
        do {
            let name = try ModelOpener.description(values)
            let model = try ModelOpener.make(values, logger: .forCommand(level: .critical))
            let start = ContinuousClock.now
            try await model.check()
            guard name != "extractive" else { return .ok(.model, "extractive; needs no endpoint.") }
            return .ok(.model, "\(name) answers, in \((ContinuousClock.now - start).readable).")
        } catch let error as ModelError {
            return .failed(.model, error.detail, cure: Self.cure(of: error.code))
        } catch {
            return .failed(.model, "\(error)")
        }
    }

    private static func cure(of code: ModelError.Code) -> String {
        switch code {
        case .unauthorized: "Set TURNLEDGER_MODEL_API_KEY to a key that the endpoint takes."
        case .notFound: "Mend `model.url` or `model.name`."
        case .rateLimited: "Wait, or raise the quota of the key."
        case .timeout: "Check that the endpoint is not overloaded, and raise `model.first_byte_deadline`."
        default: "Check `model.url`, that the endpoint runs, and that this machine may reach it."
        }
    }

    /// Whether the server's port can be had.
    private func listening() async -> Finding {
        guard let settings = try? values.serverSettings() else { return .failed(.listen, "The server has no address.") }
        let place = "\(settings.host):\(settings.port)"
        switch await PortProbe.listen(host: settings.host, port: settings.port) {
        case nil: return .ok(.listen, "\(place) is free.")
        case .taken:
            return .warning(
                .listen, "Something listens on \(place) already, a running Turnledger perhaps.",
                cure: "Stop it, or set `server.port`, before you start another.")
        case .impossible(let reason):
            return .failed(.listen, "\(place) cannot be listened on: \(reason).", cure: "Mend `server.host`.")
        }
    }

    private func files() -> Finding {
        guard let limit = OpenFileLimit.raise(), limit < 1 << 40 else {
            return .ok(.files, "The system sets no limit of open files.")
        }
        guard limit < 4096 else { return .ok(.files, "\(limit) files and streams may be open.") }
        return .warning(
            .files, "Only \(limit) files and streams may be open at once.",
            cure: "Raise the hard limit: LimitNOFILE= of the unit, or `ulimit -Hn` as root.")
    }

    // MARK: Disks

    private func disk(of location: StoreLocation) -> [Finding] {
        var folders: [String: String] = [:]
        if case .sqlite(let path) = location { folders["the store"] = path }
        if case .postgresql = location { folders["the search index"] = "data/index" }
        if (try? values.text("retention.action")) == "archive", let folder = try? values.text("retention.archive") {
            folders["archives"] = folder + "/archive"
        }
        if let backups = try? BackupSettings(values), backups.interval != nil {
            folders["backups"] = backups.folder + "/dump"
        }
        var findings: [Finding] = []
        for (purpose, path) in folders.sorted(by: { $0.key < $1.key }) {
            findings.append(Self.judge(disk.free(path), of: path, for: purpose))
        }
        return findings
    }

    static func judge(_ space: DiskSpace.Space?, of path: String, for purpose: String) -> Finding {
        guard let space else {
            return .warning(.disk, "How much room there is for \(purpose) cannot be told (\(path)).")
        }
        let megabytes = space.free / 1_000_000
        let text = "\(megabytes) MB of \(space.total / 1_000_000) are free for \(purpose)."
        let cure = "Free some, or move \(purpose) to a larger disk."
        if space.free < 100_000_000 { return .failed(.disk, text, cure: cure) }
        if space.free < 1_000_000_000 || space.free < space.total / 50 { return .warning(.disk, text, cure: cure) }
        return .ok(.disk, text)
    }
}
