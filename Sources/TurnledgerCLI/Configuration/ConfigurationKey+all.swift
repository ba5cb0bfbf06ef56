// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConfigurationKey {
    /// Every key, in the order in which `config check` prints them.
    static let all: [ConfigurationKey] =
        storeKeys + postgresAddressKeys + postgresKeys + serverKeys + chatKeys + accessKeys + modelKeys + agentKeys
        + regulationKeys + retentionKeys + backupKeys + tracingKeys
        + redisAddressKeys + redisKeys

    private static let storeKeys = [
        ConfigurationKey(
            "store", .text, default: "sqlite:data/turnledger.sqlite",
            "Where conversations are kept: `postgresql://…`, `redis://…`, `redis` (the block `redis`), `sqlite:PATH` or `memory:`; "
                + "a relative path begins at the working folder. Without it the block `postgresql`, where there is one, is the store."
        ),
        ConfigurationKey(
            "store.mirror.primary", .text,
            "Two stores in place of one: the store that answers and decides until a switch, as `store` has it."),
        ConfigurationKey(
            "store.mirror.secondary", .text,
            "The store that gets all that the primary has, and can change places with it (`turnledger transfer switch`)."
        ),
        ConfigurationKey(
            "store.mirror.mode", .text, default: "copy",
            "`copy` brings everything to the secondary. `on_touch` has the primary begin anew: a thread of the secondary, "
                + "the old store, moves as a whole when it is next used, and the rest stays there until it expires."),
        ConfigurationKey(
            "store.mirror.shadow_reads", .boolean, default: "false",
            "Whether reads of a thread's newest state are repeated on the secondary, compared and counted."),
    ]

    /// Which database: not used where `store` has a URL.
    private static let postgresAddressKeys = [
        ConfigurationKey("postgresql.host", .text, "The server; several with commas; a folder is that of a socket."),
        ConfigurationKey("postgresql.port", .text, "The port, or one for each host; 5432 where none is given."),
        ConfigurationKey("postgresql.user", .text, "The role; needs no rights of a superuser."),
        ConfigurationKey("postgresql.username", .text, "The same as `postgresql.user`."),
        ConfigurationKey("postgresql.password", .text, isSecret: true, "The role's password; any characters."),
        ConfigurationKey(
            "postgresql.password_file", .text, "A file with the password, read again for each new connection."),
        ConfigurationKey(
            "postgresql.password_command", .text,
            "A shell command that prints the password (or a token that expires), run for each new connection."),
        ConfigurationKey("postgresql.database", .text, "The database."),
        ConfigurationKey(
            "postgresql.sslmode", .text,
            "As libpq has it: `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`."),
        ConfigurationKey(
            "postgresql.sslrootcert", .text, "The file of the authority that signed the server's certificate."),
        ConfigurationKey(
            "postgresql.target_session_attrs", .text, "Which of several hosts to take, such as `read-write`."),
        ConfigurationKey("postgresql.parameters", .map, "Any other of libpq's connection parameters, by name."),
    ]

    static let postgresAddress = Set(postgresAddressKeys.map(\.path))

    private static let postgresKeys = [
        ConfigurationKey(
            "postgresql.schema", .text, "The schema of all tables, made where it is missing; one for each tenant."),
        ConfigurationKey(
            "postgresql.pooling", .text, default: "session",
            "`transaction` behind a pooler in transaction mode: no session state, no named statements."),
        ConfigurationKey(
            "postgresql.fence", .text, default: "lease",
            "`strict` has a trigger refuse other programs' writes to a thread that a run holds; not on Citus."),
        ConfigurationKey("postgresql.pool.minimum", .integer, default: "0", "Connections that are kept when idle."),
        ConfigurationKey("postgresql.pool.maximum", .integer, default: "16", "The most connections of this process."),
        ConfigurationKey(
            "postgresql.pool.lifetime", .seconds, default: "3600", "After this age a connection is made anew."),
        ConfigurationKey(
            "postgresql.pool.idle_time", .seconds, default: "300",
            "After so long without use a connection beyond the minimum is closed."),
        ConfigurationKey(
            "postgresql.pool.waiting_limit", .integer, default: "10000", "How many calls may wait for a connection."),
        ConfigurationKey(
            "postgresql.pool.waiting_deadline", .seconds, default: "10", "How long a call waits for a connection."),
        ConfigurationKey(
            "postgresql.connect_deadline", .seconds, default: "10", "How long it may take to make a connection."),
        ConfigurationKey(
            "postgresql.statement_deadline", .seconds, default: "30", "How long the database may take for a call."),
        ConfigurationKey(
            "postgresql.share_commits", .boolean, default: "true",
            "Whether small saves that wait for a connection share a commit."),
        ConfigurationKey(
            "postgresql.fallback", .text, default: "spool",
            "What a server does while PostgreSQL is away: `spool` keeps new turns in a file of its own and merges them later, "
                + "`memory` keeps them in the process, `off` refuses them."),
        ConfigurationKey(
            "postgresql.spool", .text,
            "The spool's file; by default below `data`, one for each database. A second server in the folder takes `PATH-2`."
        ),
        ConfigurationKey(
            "postgresql.spool_is_ephemeral", .boolean, default: "false",
            "The spool's disk does not outlive the machine: answers say `memory` for `spooled`."),
        ConfigurationKey(
            "postgresql.ready_while_degraded", .boolean, default: "true",
            "`/health/ready` stays 200 while PostgreSQL is away; `false`: 503."),
        ConfigurationKey(
            "postgresql.known_threads_mb", .integer, default: "64",
            "How much memory a server uses to go on with the threads it saw last while PostgreSQL is away."),
        ConfigurationKey(
            "postgresql.ttl_days", .integer,
            "After so many days without activity a thread goes, as `retention` says; 0: never. Where PostgreSQL is the store."
        ),
    ]

    private static let serverKeys = [
        ConfigurationKey("server.host", .text, default: "127.0.0.1", "The address to listen on."),
        ConfigurationKey("server.port", .integer, default: "8000", "The port to listen on; 0 takes any free one."),
        ConfigurationKey(
            "server.maximum_body", .integer, default: "16777216", "The most bytes that a request body may have."),
        ConfigurationKey(
            "server.maximum_file", .integer, default: "10485760", "The most bytes that a file in a message may have."),
        ConfigurationKey(
            "server.keep_alive", .seconds, default: "15",
            "After how much silence a stream gets a comment that keeps proxies from closing it."),
        ConfigurationKey(
            "server.stop_deadline", .seconds, default: "10",
            "How long open streams may go on after the signal to stop. Then they are told, and end."),
        ConfigurationKey(
            "cors.origins", .list,
            "Origins of browser pages that may call the server, such as `https://chat.example.org`; `*` is any."),
        ConfigurationKey(
            "cors.credentials", .boolean, default: "false", "Whether such pages may send cookies and credentials."),
        ConfigurationKey(
            "metrics.access", .text, default: "open",
            "Who may read `GET /metrics`: `open` is everybody, as with health, `callers` whoever may call the API, `off` "
                + "nobody."),
        ConfigurationKey(
            "log.level", .text, default: "info",
            "What the log tells: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`."),
    ]

    private static let chatKeys = [
        ConfigurationKey(
            "chat.while_busy", .text, default: "enqueue",
            "What happens to a message while an answer is being written in its thread: `reject`, `enqueue`, `interrupt` "
                + "(the answer is stopped and kept) or `rollback` (it is stopped and taken out)."),
        ConfigurationKey(
            "chat.on_disconnect", .text, default: "continue",
            "`cancel` stops an answer when the client that asked goes away; `continue` does not."),
        ConfigurationKey(
            "chat.mask_errors", .boolean, default: "true",
            "Whether clients are told of a failure no more than a sentence and the ID by which the log knows it."),
        ConfigurationKey(
            "chat.profile", .text, default: "conservative",
            "Which AI SDK clients streams are made for: `conservative` (5.0.92 and later), `v5`, `v6` or `v7`."),
        ConfigurationKey(
            "chat.approval", .list,
            "Tools whose calls need a person's leave: `TOOL`, or `TOOL?owner=NAME`; `*` is any tool."),
    ]

    private static let accessKeys = [
        ConfigurationKey(
            "auth", .text,
            "`none` lets everybody in, also where the server listens on more than loopback. Otherwise a block as below."
        ),
        ConfigurationKey(
            "auth.tokens", .tokens,
            "Who may come in with `Authorization: Bearer TOKEN`: a list of maps with `token`, `owner` and, where wanted, "
                + "`labels`."),
        ConfigurationKey(
            "auth.operators", .list,
            "Owners who may have the stores of a mirror change places over HTTP; without any only a server without `auth` "
                + "takes that request."),
        ConfigurationKey(
            "auth.proxy.owner_header", .text,
            "The header in which a trusted proxy names the user, such as `X-Forwarded-User`. Turns the proxy's way on."),
        ConfigurationKey(
            "auth.proxy.label_headers", .map, "Labels that the proxy gives: label name to header name."),
        ConfigurationKey(
            "auth.proxy.addresses", .list, default: "127.0.0.1,::1",
            "The proxy's own addresses. Headers from anywhere else are refused."),
    ]

    private static let modelKeys = [
        ConfigurationKey(
            "model.kind", .text, default: "extractive",
            "`extractive` quotes the regulations and needs no model; `openai` talks to an OpenAI-compatible endpoint."),
        ConfigurationKey(
            "model.url", .text, "The endpoint of `openai`, such as `http://127.0.0.1:11434/v1` or an Azure address."),
        ConfigurationKey("model.name", .text, "The model, or on Azure the deployment."),
        ConfigurationKey("model.api_key", .text, isSecret: true, "The endpoint's key."),
        ConfigurationKey("model.headers", .map, isSecret: true, "Headers that go with every request, by name."),
        ConfigurationKey(
            "model.authentication", .text, default: "automatic",
            "How the key is sent: `bearer`, `api-key`, or `automatic`: `api-key` to Azure, `bearer` elsewhere."),
        ConfigurationKey("model.api_version", .text, "Azure's dated API version, such as `2024-10-21`."),
        ConfigurationKey(
            "model.temperature", .number, "How freely the model writes, 0 to 2. Without it the endpoint's own."),
        ConfigurationKey(
            "model.maximum_output_tokens", .integer, "The most tokens of an answer. Without it the endpoint's own."),
        ConfigurationKey(
            "model.text_tool_calls", .boolean, default: "false",
            "Whether tool calls that small models write as text are recognised."),
        ConfigurationKey("model.usage", .boolean, default: "true", "Whether token counts are asked for."),
        ConfigurationKey("model.connect_deadline", .seconds, default: "10", "How long a connection may take."),
        ConfigurationKey(
            "model.first_byte_deadline", .seconds, default: "120", "How long the first byte of an answer may take."),
        ConfigurationKey(
            "model.idle_deadline", .seconds, default: "120", "How long an answer may stay silent."),
        ConfigurationKey(
            "model.retries", .integer, default: "2",
            "How often a request is repeated that fails before its first token."),
    ]

    private static let agentKeys = [
        ConfigurationKey("agent.system_prompt", .text, "What the model is told first."),
        ConfigurationKey(
            "agent.messages", .text, default: "plain",
            "How threads that begin keep their messages: `plain`, which any Python graph reads, or `delta`, whose cost does "
                + "not grow with the thread."),
        ConfigurationKey(
            "agent.history", .text, default: "superstep",
            "How much of a turn's history is stored: `superstep`, a checkpoint for each as LangGraph does, or `turn`, one at "
                + "its end."),
        ConfigurationKey("agent.superstep_limit", .integer, default: "50", "The most supersteps that a turn may take."),
        ConfigurationKey(
            "agent.lease", .seconds, default: "15",
            "How long after a server has gone silent another one has taken its runs, at the latest."),
        ConfigurationKey(
            "agent.log_lifetime", .seconds, default: "3600",
            "How long the events of a run that has ended can still be followed."),
    ]

    private static let regulationKeys = [
        ConfigurationKey(
            "regulations.index", .text,
            "The file of the search index, which is made from the regulations; by default beside the SQLite file.")
    ]

    private static let retentionKeys = [
        ConfigurationKey(
            "retention.ttl_days", .integer,
            "After so many days without activity a thread goes; 0: never. Without it that of `postgresql`, where that is the "
                + "store; without both nothing goes."),
        ConfigurationKey(
            "retention.action", .text, default: "delete",
            "What happens then: `delete`, `keep_latest`, or `archive` (first written to an archive)."),
        ConfigurationKey(
            "retention.keep_latest", .integer, default: "1", "How many checkpoints `keep_latest` keeps."),
        ConfigurationKey(
            "retention.rules", .list,
            "Terms by label, the first that fits counts: `LABEL=VALUE[&LABEL=VALUE] DAYS|forever "
                + "[delete|archive|keep_latest=N]`."),
        ConfigurationKey(
            "retention.waiting_days", .integer,
            "After so many days a thread goes whose question waits for an answer; without it such threads stay."),
        ConfigurationKey(
            "retention.interval", .seconds, default: "3600", "How long after a sweep the next one begins."),
        ConfigurationKey(
            "retention.batch", .integer, default: "100", "How many threads a sweep looks at before it rests."),
        ConfigurationKey(
            "retention.share", .number, default: "0.25", "The share of the time that a sweep works, up to 1."),
        ConfigurationKey(
            "retention.archive", .text, default: "data/archive", "The folder of archives."),
    ]

    private static let backupKeys = [
        ConfigurationKey("backup.folder", .text, default: "data/backups", "The folder of backups."),
        ConfigurationKey("backup.keep", .integer, default: "7", "How many backups are kept."),
        ConfigurationKey(
            "backup.interval", .seconds, "How long after a backup `serve` takes the next; without it never."),
        ConfigurationKey(
            "backup.scratch", .text, isSecret: true,
            "A PostgreSQL URL whose role may create databases: where `backup verify` restores. Without it the store's."),
    ]

    private static let tracingKeys = [
        ConfigurationKey(
            "tracing.endpoint", .text, standardVariable: "OTEL_EXPORTER_OTLP_ENDPOINT",
            "The collector that gets spans over OTLP/HTTP in JSON, such as `http://127.0.0.1:4318`; without it nothing is "
                + "traced."),
        ConfigurationKey(
            "tracing.service_name", .text, default: "turnledger", standardVariable: "OTEL_SERVICE_NAME",
            "What traces call the server."),
        ConfigurationKey(
            "tracing.sample_ratio", .number, default: "1", standardVariable: "OTEL_TRACES_SAMPLER_ARG",
            "The share of traces that are recorded, 0 to 1; one that a request brings is, where the request says so."),
        ConfigurationKey(
            "tracing.headers", .map, isSecret: true, standardVariable: "OTEL_EXPORTER_OTLP_HEADERS",
            "Headers that go with every export, such as a key."),
    ]

    /// Which Redis: not used where `store` has a URL.
    private static let redisAddressKeys = [
        ConfigurationKey("redis.host", .text, default: "127.0.0.1", "The server, where `store: redis` says so."),
        ConfigurationKey("redis.port", .integer, default: "6379", "The port."),
        ConfigurationKey("redis.user", .text, "The user of an ACL; without one the default user."),
        ConfigurationKey("redis.username", .text, "The same as `redis.user`."),
        ConfigurationKey("redis.password", .text, isSecret: true, "The password; any characters."),
        ConfigurationKey("redis.database", .integer, default: "0", "The number of the database."),
        ConfigurationKey("redis.ssl", .boolean, default: "false", "Whether the connection is sealed with TLS."),
        ConfigurationKey(
            "redis.ssl_verify", .boolean, default: "true", "Whether the server's certificate must be a good one."),
        ConfigurationKey("redis.ssl_ca", .text, "A file of the authorities to trust (PEM); without it the system's."),
    ]

    static let redisAddress = Set(redisAddressKeys.map(\.path))

    private static let redisKeys = [
        ConfigurationKey(
            "redis.layout", .text, default: "json",
            "`json`: the documents of Python's langgraph-checkpoint-redis, which needs RedisJSON; `plain`: a form of "
                + "Turnledger's own for any Redis or Valkey."),
        ConfigurationKey(
            "redis.prefix", .text, default: "turnledger", "What Turnledger's own keys begin with: one for each tenant."),
        ConfigurationKey(
            "redis.checkpoint_prefix", .text, default: "checkpoint",
            "What keys of checkpoints begin with in the layout `json`; as Python's `checkpoint_prefix`."),
        ConfigurationKey(
            "redis.checkpoint_write_prefix", .text, default: "checkpoint_write",
            "What keys of pending writes begin with; as Python's `checkpoint_write_prefix`."),
        ConfigurationKey(
            "redis.ttl_days", .integer,
            "After so many days Redis forgets what nobody has written or read; without it nothing expires."),
        ConfigurationKey(
            "redis.refresh_on_read", .boolean, default: "true", "Whether reading a thread begins its days anew."),
        ConfigurationKey("redis.connections", .integer, default: "4", "How many connections carry the commands."),
        ConfigurationKey("redis.connect_deadline", .seconds, default: "10", "How long a connection may take."),
        ConfigurationKey(
            "redis.reply_deadline", .seconds, default: "30",
            "How long an answer may take before a connection is given up."),
    ]
}
