// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

/// Where the tests' stores are: the server itself, or pgbouncer in transaction mode before it.
enum StorePlace: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case server, pooler

    var testDescription: String { rawValue }

    var configuration: PostgresConfiguration {
        get throws {
            switch self {
            case .server: PostgresConfiguration(parameters: try LivePostgres.parameters(), maximumConnections: 8)
            case .pooler:
                PostgresConfiguration(
                    parameters: try LivePostgres.poolerParameters(), pooling: .transaction, maximumConnections: 8)
            }
        }
    }
}

/// A schema of one test's own, dropped when the test ends.
struct StoreSchema: Sendable {
    let name: String
    let place: StorePlace

    /// Runs `body` with a schema that does not exist yet. Only a few tests have one at a time: the server's connections
    /// are many, not endless.
    static func with<Value>(
        _ place: StorePlace = .server, _ body: (StoreSchema) async throws -> Value
    ) async throws -> Value {
        await places.take()
        let schema = StoreSchema(name: LivePostgres.uniqueName(), place: place)
        do {
            let value = try await body(schema)
            try await schema.drop()
            places.give()
            return value
        } catch {
            try? await schema.drop()
            places.give()
            throw error
        }
    }

    /// Runs `body` with a store that is set up, in a schema of its own.
    static func withStore<Value>(
        _ place: StorePlace = .server, fence: PostgresStore.FenceMode = .lease,
        _ body: (PostgresStore) async throws -> Value
    ) async throws -> Value {
        try await with(place) { schema in
            try await schema.withStore(fence: fence) { store in
                try await store.setUp()
                return try await body(store)
            }
        }
    }

    /// Runs `body` with one more store on this schema, not set up, and closes it.
    func withStore<Value>(
        fence: PostgresStore.FenceMode = .lease, _ change: (inout PostgresConfiguration) -> Void = { _ in },
        _ body: (PostgresStore) async throws -> Value
    ) async throws -> Value {
        var configuration = try place.configuration
        configuration.schema = name
        change(&configuration)
        let store = try PostgresStore(configuration: configuration, fence: fence)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// Executes statements as they are, in the schema (`SET LOCAL search_path`), as one transaction.
    @discardableResult
    func execute(_ statements: String...) async throws -> [PostgresRows] {
        try await LivePostgres.withClient { client in
            try await client.execute(
                [.text("SELECT set_config('search_path', $1, true)", .text(name))] + statements.map { .text($0) })
        }
    }

    /// The only column of the only row.
    func value(_ statement: String) async throws -> String? {
        try await execute(statement).last?.first?.optionalText(0)
    }

    func texts(_ statement: String) async throws -> [String] {
        try await execute(statement).last?.all.map { try $0.text(0) } ?? []
    }

    private func drop() async throws {
        try await LivePostgres.withClient { client in
            _ = try await client.execute(.text("DROP SCHEMA IF EXISTS \(name) CASCADE"))
        }
    }

    private static let places = Places(4)
}

/// Lets this many in at a time.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
