// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The names of all tables, qualified and quoted, so that no statement depends on the search path.
struct TableNames: Sendable {
    /// The schema as it is given in the configuration; `nil`: the role's search path decides.
    let schema: String?
    /// Goes before every name: `"tenant".`, or nothing.
    let prefix: String

    let checkpoints: String
    let blobs: String
    let writes: String
    /// LangGraph's own list of migrations.
    let langGraphMigrations: String
    let threads: String
    let runs: String
    let events: String
    let journal: String
    let documents: String
    let clauses: String
    let clauseVersion: String
    let migrations: String
    /// What was said about the keeping of single threads.
    let retention: String
    /// The policy's rules, for whoever cleans up in the database.
    let retentionRules: String
    let tombstones: String
    let chores: String
    let audit: String
    let statistics: String
    /// A store's place in a mirrored pair.
    let mirror: String
    /// What is to be brought to the other store.
    let mirrorMarks: String
    /// The function of the trigger that keeps the audit table's rows as they are.
    let auditGuard: String
    /// Functions: when a checkpoint was made; what cron calls.
    let checkpointTime: String
    let cleanup: String
    /// The function of the trigger that makes a fence strict.
    let strictFence: String

    /// - Throws: `.invalid` for a name that PostgreSQL cannot take.
    init(schema: String?) throws(StoreError) {
        if let schema {
            guard !schema.isEmpty, schema.utf8.count <= 63, !schema.utf8.contains(0) else {
                throw StoreError(.invalid, "The name of a schema has 1 to 63 bytes and no NUL. Mend `schema`.")
            }
        }
        let prefix = schema.map { Self.quoted($0) + "." } ?? ""
        self.schema = schema
        self.prefix = prefix
        checkpoints = prefix + "checkpoints"
        blobs = prefix + "checkpoint_blobs"
        writes = prefix + "checkpoint_writes"
        langGraphMigrations = prefix + "checkpoint_migrations"
        threads = prefix + "turnledger_threads"
        runs = prefix + "turnledger_runs"
        events = prefix + "turnledger_run_events"
        journal = prefix + "turnledger_turn_journal"
        documents = prefix + "turnledger_documents"
        clauses = prefix + "turnledger_clauses"
        clauseVersion = prefix + "turnledger_clause_version"
        migrations = prefix + "turnledger_migrations"
        retention = prefix + "turnledger_retention"
        retentionRules = prefix + "turnledger_retention_rules"
        tombstones = prefix + "turnledger_tombstones"
        chores = prefix + "turnledger_chores"
        audit = prefix + "turnledger_audit"
        statistics = prefix + "turnledger_statistics"
        mirror = prefix + "turnledger_mirror"
        mirrorMarks = prefix + "turnledger_mirror_marks"
        auditGuard = prefix + "turnledger_audit_guard"
        checkpointTime = prefix + "turnledger_checkpoint_time"
        cleanup = prefix + "langgraph_cleanup_old_data"
        strictFence = prefix + "turnledger_strict_fence"
    }

    /// Stands where a schema's name does not matter: in the checksum of a migration.
    static let unqualified: TableNames = {
        do { return try TableNames(schema: nil) } catch { preconditionFailure("No name is no wrong name.") }
    }()

    /// LangGraph's tables that hold threads.
    var langGraph: [String] { [checkpoints, blobs, writes] }

    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
