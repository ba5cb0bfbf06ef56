// Turnledger. SPDX-License-Identifier: Apache-2.0

extension MetricDescription {
    /// Every metric of Turnledger, in the order of `docs/metrics.md`.
    public static let all: [MetricDescription] =
        requests + runs + calls + stores + postgres + spool + mirror + storage + chores + tracing + process

    private static let requests = [
        MetricDescription(
            "turnledger_http_requests_total", .counter, unit: "requests", labels: ["method", "route", "status"],
            "Requests answered; `route` is the pattern, such as `/api/threads/{thread}`, or `unknown`."),
        MetricDescription(
            "turnledger_http_request_seconds", .histogram, unit: "seconds", labels: ["route"],
            "From the request's head to the answer's head; a stream goes on after it."),
        MetricDescription(
            "turnledger_streams_open", .gauge, unit: "streams", "Answer streams that are being written to clients."),
    ]

    private static let runs = [
        MetricDescription(
            "turnledger_runs_started_total", .counter, unit: "runs", labels: ["origin"],
            "Attempts at runs begun here: `new`, `queued` (it waited for its turn), `taken_over` (its server was gone)."
        ),
        MetricDescription(
            "turnledger_runs_ended_total", .counter, unit: "runs", labels: ["end"],
            "Attempts that ended here: `succeeded`, `failed`, `cancelled`, `interrupted` (it waits for an answer), `lost` "
                + "(another server has it), `postponed` (the store was away, or the server stopped)."),
        MetricDescription(
            "turnledger_run_seconds", .histogram, unit: "seconds", labels: ["end"], "How long attempts took.",
            buckets: durations),
        MetricDescription("turnledger_runs_active", .gauge, unit: "runs", "Runs that are executed here now."),
        MetricDescription(
            "turnledger_run_failures_total", .counter, unit: "runs", labels: ["kind"],
            "Runs that failed for good, by who failed and how, such as `model_timeout`, `store_undecodable` or `superstep_limit`."
        ),
        MetricDescription(
            "turnledger_leases_lost_total", .counter, unit: "leases",
            "Leases that another server had taken when they were to be renewed."),
        MetricDescription(
            "turnledger_supersteps_total", .counter, unit: "supersteps", "Supersteps whose checkpoint was committed."),
        MetricDescription(
            "turnledger_first_token_seconds", .histogram, unit: "seconds",
            "From the beginning of an attempt to the first piece of its answer.", buckets: durations),
        MetricDescription(
            "turnledger_run_events_total", .counter, unit: "events", labels: ["outcome"],
            "Events of runs: `stored`, or `dropped` because the store took none for long."),
    ]

    private static let calls = [
        MetricDescription(
            "turnledger_model_calls_total", .counter, unit: "calls", labels: ["model", "outcome"],
            "Calls of the model: `ok`, `stopped`, `cancelled`, or the error's code."),
        MetricDescription(
            "turnledger_model_call_seconds", .histogram, unit: "seconds", labels: ["model"],
            "How long calls of the model took, to the answer's end.", buckets: durations),
        MetricDescription(
            "turnledger_model_first_token_seconds", .histogram, unit: "seconds", labels: ["model"],
            "From the model's request to the first piece of its answer.", buckets: durations),
        MetricDescription(
            "turnledger_tokens_total", .counter, unit: "tokens", labels: ["model", "kind"],
            "Tokens as the provider counts: `input` (with cached ones), `output` (with reasoning), `cached_input`, "
                + "`reasoning`."),
        MetricDescription(
            "turnledger_tool_calls_total", .counter, unit: "calls", labels: ["tool", "outcome"],
            "Calls of tools: `ok`, `failed`, `refused` (it did not fit the tool), `denied` (by a person), `stopped`. A tool "
                + "that there is not is `unknown`."),
        MetricDescription(
            "turnledger_tool_call_seconds", .histogram, unit: "seconds", labels: ["tool"], "How long tools ran.",
            buckets: durations),
    ]

    private static let stores = [
        MetricDescription(
            "turnledger_statement_seconds", .histogram, unit: "seconds", labels: ["statement"],
            "How long round trips to the database took, waiting for a connection included: on PostgreSQL by the statement "
                + "that does the work (commits of all shapes are `commit`), on SQLite by the call that makes a transaction.",
            condition: "PostgreSQL, SQLite"),
        MetricDescription(
            "turnledger_store_errors_total", .counter, unit: "round trips", labels: ["statement", "code"],
            "Round trips that failed; `conflict` and `missing` are answers too, `unavailable` is an outage.",
            condition: "PostgreSQL, SQLite"),
        MetricDescription(
            "turnledger_superstep_commit_seconds", .histogram, unit: "seconds",
            "How long the commit of a superstep took: writes, checkpoint and blobs."),
        MetricDescription(
            "turnledger_store_up", .gauge, unit: "0 or 1", "Whether the store answered within 2 s when it was scraped."),
    ]

    private static let chores = [
        MetricDescription(
            "turnledger_retention_last_sweep_time_seconds", .gauge, unit: "seconds",
            "When the last sweep of the store ended, since 1970, whichever server did it.", condition: "retention"),
        MetricDescription(
            "turnledger_retention_last_sweep_failed", .gauge, unit: "0 or 1", "Whether the last sweep broke off.",
            condition: "retention"),
        MetricDescription(
            "turnledger_retention_removed_rows", .gauge, unit: "rows", labels: ["kind"],
            "What the last sweep removed: `threads`, `checkpoints`, `blobs`, `writes`.", condition: "retention"),
        MetricDescription(
            "turnledger_backup_last_time_seconds", .gauge, unit: "seconds",
            "When the last backup that could be taken was taken, since 1970.", condition: "backups"),
        MetricDescription(
            "turnledger_backup_bytes", .gauge, unit: "bytes", "How large the last backup is.", condition: "backups"),
        MetricDescription(
            "turnledger_backup_sound", .gauge, unit: "0 or 1",
            "Whether the last backup was taken, restored and found equal to the store.", condition: "backups"),
    ]

    private static let postgres = [
        MetricDescription(
            "turnledger_postgres_connections", .gauge, unit: "connections", labels: ["state"],
            "The pool's connections: `in_use`, `idle`, `connecting`.", condition: "PostgreSQL"),
        MetricDescription(
            "turnledger_postgres_waiting_calls", .gauge, unit: "calls", "Calls that wait for a connection.",
            condition: "PostgreSQL"),
        MetricDescription(
            "turnledger_postgres_connections_opened_total", .counter, unit: "connections", "Connections made.",
            condition: "PostgreSQL"),
        MetricDescription(
            "turnledger_postgres_connections_failed_total", .counter, unit: "connections",
            "Attempts to connect that failed.", condition: "PostgreSQL"),
        MetricDescription(
            "turnledger_postgres_shared_commits_total", .counter, unit: "calls",
            "Saves that shared a commit with others.", condition: "PostgreSQL"),
    ]

    private static let spool = [
        MetricDescription(
            "turnledger_store_state", .gauge, unit: "0 or 1", labels: ["state"],
            "Where writes go: `connected` (the database), `degraded` (the spool: the database is away), `merging`.",
            condition: "PostgreSQL with a fallback"),
        MetricDescription(
            "turnledger_spool_threads", .gauge, unit: "threads", "Threads that lie in the spool.",
            condition: "PostgreSQL with a fallback"),
        MetricDescription(
            "turnledger_outages_total", .counter, unit: "outages", "How often the database went away.",
            condition: "PostgreSQL with a fallback"),
        MetricDescription(
            "turnledger_spooled_threads_total", .counter, unit: "threads", "Threads that came into the spool.",
            condition: "PostgreSQL with a fallback"),
        MetricDescription(
            "turnledger_merged_threads_total", .counter, unit: "threads", "Threads that went back to the database.",
            condition: "PostgreSQL with a fallback"),
        MetricDescription(
            "turnledger_merge_branches_total", .counter, unit: "threads",
            "Merged threads that became a branch, since two servers had changed more than messages.",
            condition: "PostgreSQL with a fallback"),
        MetricDescription(
            "turnledger_merges_postponed_total", .counter, unit: "merges",
            "Merges that had to wait and were tried again.",
            condition: "PostgreSQL with a fallback"),
    ]

    private static let mirror = [
        MetricDescription(
            "turnledger_mirror_primary", .gauge, unit: "0 or 1", labels: ["store"],
            "Which store decides: `first` (configured as primary) or `second`.", condition: "mirror"),
        MetricDescription(
            "turnledger_mirror_epoch", .gauge, unit: "switches", "Raised by one at every switch.", condition: "mirror"),
        MetricDescription(
            "turnledger_mirror_queued", .gauge, unit: "threads",
            "Threads, runs' logs and regulations that the secondary does not have as they are.", condition: "mirror"),
        MetricDescription(
            "turnledger_mirror_lag_seconds", .gauge, unit: "seconds", "How long the oldest of them has waited.",
            condition: "mirror"),
        MetricDescription(
            "turnledger_mirror_setbacks_total", .counter, unit: "attempts",
            "Threads that could not be brought to the secondary and are tried again; the log has the reason.",
            condition: "mirror"),
        MetricDescription(
            "turnledger_mirror_shadow_reads_total", .counter, unit: "reads",
            "Reads that were repeated on the secondary.", condition: "mirror with shadow reads"),
        MetricDescription(
            "turnledger_mirror_shadow_differences_total", .counter, unit: "reads",
            "Reads of which the secondary answered something else.", condition: "mirror with shadow reads"),
    ]

    private static let storage = [
        MetricDescription(
            "turnledger_storage_bytes", .gauge, unit: "bytes", labels: ["table"],
            "The size of each table with its indexes, looked at once a minute; of SQLite the whole file as `database`.",
            condition: "PostgreSQL, SQLite"),
        MetricDescription(
            "turnledger_storage_rows", .gauge, unit: "rows", labels: ["table"],
            "Rows of each table as the database estimates them, looked at once a minute.", condition: "PostgreSQL"),
    ]

    private static let tracing = [
        MetricDescription(
            "turnledger_spans_total", .counter, unit: "spans", labels: ["outcome"],
            "Spans that were `exported`, `dropped` (more waited than there is room for) or `failed` (the collector did not "
                + "take them).", condition: "tracing")
    ]

    private static let process = [
        MetricDescription(
            "turnledger_build_info", .gauge, unit: "always 1", labels: ["version", "store"],
            "The version of the binary and the kind of its store."),
        MetricDescription(
            "process_start_time_seconds", .gauge, unit: "seconds", "When the process began, since 1970."),
        MetricDescription(
            "process_resident_memory_bytes", .gauge, unit: "bytes", "Memory that the process has.", condition: "Linux"),
        MetricDescription(
            "process_cpu_seconds_total", .counter, unit: "seconds", "Processor time that the process has used.",
            condition: "Linux"),
        MetricDescription(
            "process_open_fds", .gauge, unit: "descriptors", "Files and sockets that are open.", condition: "Linux"),
    ]
}

/// The table of `docs/metrics.md`.
public enum MetricTable {
    public static var markdown: String {
        let head = "| Metric | Kind | Unit | Labels | Meaning | Where |\n|---|---|---|---|---|---|\n"
        return head
            + MetricDescription.all.map { metric in
                let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
                let place = metric.condition.isEmpty ? "everywhere" : metric.condition
                return
                    "| `\(metric.name)` | \(metric.kind.rawValue) | \(metric.unit) | \(labels) | \(metric.meaning) | "
                    + "\(place) |"
            }.joined(separator: "\n") + "\n"
    }
}
