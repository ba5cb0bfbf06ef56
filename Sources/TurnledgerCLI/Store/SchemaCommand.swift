// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import ArgumentParser
    import TurnledgerPostgres
    import TurnledgerStore

    /// `turnledger schema …`: the tables of a PostgreSQL store.
    struct SchemaCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema",
            abstract: "Plans, makes, prints and checks the tables of a PostgreSQL store.",
            discussion: """
                    turnledger schema plan --store postgresql://turnledger@db/chat
                    turnledger schema apply
                    turnledger schema print > schema.sql

                `serve` and every other command do the same as `apply` when they start; where nothing is missing they need no \
                right to make tables. An index of a large table is built beside readers and writers.

                Exit codes: 0 done or nothing is missing, 1 failed, or `check` found something missing, 64 the command line \
                is wrong.
                """,
            subcommands: [Plan.self, Apply.self, Print.self, Check.self])

        struct Plan: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Prints what `apply` would do now.")

            @OptionGroup var storeOptions: StoreOptions

            @Flag(help: "Print the SQL too, as a script for psql.")
            var sql = false

            func run() async throws {
                try await SchemaCommand.withPostgres(storeOptions) { store in
                    let steps = try await store.schemaPlan()
                    if steps.isEmpty { print(sql ? "-- Nothing is missing." : "Nothing is missing.") }
                    for step in steps { print(sql ? step.script + "\n" : "\(step.id)  \(step.purpose)") }
                }
            }
        }

        struct Apply: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Makes the tables, or brings them up to date.",
                discussion: "With `postgresql.fence: strict` it makes the trigger of the strict fence as well.")

            @OptionGroup var storeOptions: StoreOptions

            @Flag(help: "Remove the trigger of a strict fence.")
            var removeStrictFence = false

            func run() async throws {
                try await SchemaCommand.withPostgres(storeOptions) { store in
                    for step in try await store.applySchema() { print("\(step.id)  \(step.purpose)") }
                    if removeStrictFence { try await store.removeStrictFence() }
                    print("The schema is up to date.")
                }
            }
        }

        struct Print: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "print", abstract: "Prints the SQL of all tables, for whoever makes them by hand.")

            @Option(help: "The schema of the tables; without it the search path's.")
            var schema: String?

            @Flag(help: "With the trigger of a strict fence.")
            var strict = false

            func run() async throws {
                let script = try await readable { () throws(StoreError) in
                    try PostgresStore.schemaScript(schema: schema, fence: strict ? .strict : .lease)
                }
                print(script, terminator: "")
            }
        }

        struct Check: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Exits with 1 where a table or an index is missing, and says which.")

            @OptionGroup var storeOptions: StoreOptions

            func run() async throws {
                try await SchemaCommand.withPostgres(storeOptions) { store in
                    let steps = try await store.schemaPlan()
                    guard !steps.isEmpty else {
                        print("The schema is up to date.")
                        return
                    }
                    for step in steps { print("missing: \(step.id)  \(step.purpose)") }
                    throw ExitCode.failure
                }
            }
        }

        /// Opens the store without setting it up.
        private static func withPostgres(
            _ options: StoreOptions, _ body: (PostgresStore) async throws -> Void
        ) async throws {
            let location = try StoreLocation(try options.values())
            guard case .postgresql(let settings) = location else {
                throw ConfigurationError("The store \(location) has no schema to manage: it makes its tables itself.")
            }
            do {
                let store = try settings.makeStore()
                try await body(store)
                await store.close()
            } catch let error as StoreError {
                throw StoreOpeningError(location: location, error: error)
            }
        }
    }
#endif
