// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Every statement of a store, written once for its schema.
///
/// Those on a thread follow one rule, so that the tables can be distributed by thread (Citus): every reference to a table
/// carries `thread_id = $n` with the same `$n`, and nothing volatile is set. Those across threads look a run up by its
/// ID alone, or list; regulations belong to no thread.
struct Statements: Sendable {
    let tables: TableNames
    let commits: CommitStatements
    let checkpoints: CheckpointStatements
    let threads: ThreadStatements
    let runs: RunStatements
    let clauses: ClauseStatements
    let maintenance: MaintenanceStatements
    let journal: JournalStatements
    let retention: RetentionStatements
    let chores: ChoreStatements
    let audit: AuditStatements
    let archive: ArchiveStatements
    let backup: BackupStatements
    let merging: MergingStatements
    let statistics: StatisticsStatements
    let loading: LoadingStatements
    let mirror: MirrorStatements

    init(_ tables: TableNames) {
        self.tables = tables
        commits = CommitStatements(tables)
        checkpoints = CheckpointStatements(tables)
        threads = ThreadStatements(tables)
        runs = RunStatements(tables)
        clauses = ClauseStatements(tables)
        maintenance = MaintenanceStatements(tables)
        journal = JournalStatements(tables)
        retention = RetentionStatements(tables)
        chores = ChoreStatements(tables)
        audit = AuditStatements(tables)
        archive = ArchiveStatements(tables)
        backup = BackupStatements(tables)
        merging = MergingStatements(tables)
        statistics = StatisticsStatements(tables)
        loading = LoadingStatements(tables)
        mirror = MirrorStatements(tables)
    }

    /// What the rule holds for.
    var onThreads: [PostgresStatement] {
        commits.onThreads + checkpoints.onThreads + threads.onThreads + runs.onThreads
            + maintenance.onThreads + journal.onThreads + retention.onThreads
            + archive.onThreads + merging.onThreads
    }
}
