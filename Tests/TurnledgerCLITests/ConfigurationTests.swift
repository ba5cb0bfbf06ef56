// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerModels
import TurnledgerServer

@testable import TurnledgerCLI

@Suite("Configuration")
struct ConfigurationTests {
    private func values(
        _ yaml: String, flags: [String: String?] = [:], environment: [String: String] = [:]
    ) throws -> ConfigurationValues {
        ConfigurationValues(
            flags: flags, file: try ConfigurationFile(yaml: yaml, environment: environment), environment: environment)
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("flags come before the environment, that before the file, that before the defaults")
    func precedence() throws {
        let yaml = "server: {port: 1, host: file}"
        let environment = ["TURNLEDGER_SERVER_PORT": "2", "TURNLEDGER_LOG_LEVEL": ""]
        let all = try values(yaml, flags: ["server.port": "3", "server.host": nil], environment: environment)
        #expect(try all.integer("server.port", in: 0...9) == 3)
        #expect(all.origin(of: "server.port") == .flag)
        #expect(try values(yaml, environment: environment).integer("server.port", in: 0...9) == 2)
        #expect(try values(yaml).integer("server.port", in: 0...9) == 1)
        #expect(try values("").integer("server.port", in: 0...9999) == 8000)
        #expect(try all.text("server.host") == "file")
        #expect(all.origin(of: "log.level") == .fallback)
    }

    @Test("a variable may hold any character, and is not read as YAML or substituted again")
    func anyCharacter() throws {
        let secret = #"p@ss: "w#rd" ${OTHER} 'x' \n & *a"#
        let yaml =
            "model: {kind: openai, url: 'http://${HOST:-localhost}:${PORT:-11434}/v1', name: m, api_key: '${KEY}'}"
        let configuration = try values(yaml, environment: ["KEY": secret, "HOST": ""]).openAI()
        #expect(configuration.apiKey == secret)
        #expect(configuration.baseURL == "http://localhost:11434/v1")
        #expect(
            try values("agent: {system_prompt: 'Cost: $${NAME} $5'}").text("agent.system_prompt") == "Cost: ${NAME} $5")
    }

    @Test("a password of digits stays text, and a port from a variable is a number")
    func types() throws {
        let read = try values("model: {api_key: 0123}\nserver:\n  port: ${P}", environment: ["P": "9000"])
        #expect(try read.text("model.api_key") == "0123")
        #expect(try read.serverSettings().port == 9000)
    }

    @Test("a variable that is not set is an error that names the key, but only in blocks that are used")
    func unsetVariable() throws {
        let unused = try values(
            """
            store: "memory:"
            postgresql: {host: "${POSTGRESQL_HOST}", port: "${POSTGRESQL_PORT}", username: me, ttl_days: 7}
            redis: {host: "${REDIS_HOST}", ssl: true}
            model: {api_key: "${KEY}"}
            """)
        try unused.validate()
        #expect(try ConfigurationReport.effective(unused).contains("store: memory:  # file"))
        let used = try values("server: {host: \"${NO_SUCH_HOST}\"}")
        let said = message { _ = try used.serverSettings() }
        #expect(said.contains("server.host") && said.contains("NO_SUCH_HOST"))
    }

    @Test("the block of a Redis is the store where `store: redis` says so, and its password is shown nowhere")
    func redis() throws {
        let block = try values(
            """
            store: redis
            redis: {host: cache, port: 6380, username: me, password: hunter2, ssl: true, ttl_days: 7, layout: plain}
            """)
        try block.validate()
        let location = try StoreLocation(block)
        #expect("\(location)" == "rediss://cache:6380/0")
        #expect(location.kind == "redis")
        guard case .redis(let settings) = location else {
            Issue.record("It is no Redis.")
            return
        }
        #expect(settings.isPlain && settings.days == 7 && settings.refreshesOnRead)
        #expect(settings.address?.user == "me" && settings.address?.password == "hunter2")
        let url = try values("store: 'redis://:hunter2@cache/1'\nredis: {password: '${NOBODY}', layout: plain}")
        try url.validate()
        for values in [block, url] {
            #expect(try !ConfigurationReport.effective(values).contains("hunter2"))
            #expect(try !"\(StoreLocation(values))".contains("hunter2"))
        }
        #expect(try ConfigurationReport.effective(url).contains("redis.layout: plain"))
    }

    @Test(
        "what is wrong is named with its key",
        arguments: [
            ("sevrer: {port: 1}", "Did you mean 'server'?"),
            ("server: {prot: 1}", "Did you mean 'server.port'?"),
            ("zzzzzzzzzzzzzzzzzzz: 1", "no key 'zzzzzzzzzzzzzzzzzzz'"),
            ("server: 8000", "'server' must be a map"),
            ("server: {port: [1]}", "'server.port' must be an integer, not a list"),
            ("server: {port: many}", "'server.port' in config.yaml must be a whole number"),
            ("server: {port: 70000}", "from 0 to 65535"),
            ("cors: {credentials: maybe}", "must be true or false"),
            ("cors: {origins: one}", "'cors.origins' must be a list"),
            ("- a", "must be a map of keys"),
            ("a: [", "is not valid YAML: line"),
            ("store: a\nstore: b", "stands twice"),
            ("auth: {tokens: [{token: a}]}", "'auth.tokens[0]' needs both"),
            ("auth: {tokens: [{token: a, owner: b, rights: c}]}", "'auth.tokens[0].rights'"),
            ("auth: {tokens: [{token: '', owner: b}]}", "empty token"),
            ("auth: {proxy: {label_headers: {a: B}}}", "'auth.proxy' needs 'owner_header'"),
            ("auth: open", "must be `none`"),
            ("agent: {system_prompt: '${A'}", "without its `}`"),
            ("agent: {system_prompt: '${A-b}'}", "no name of a variable"),
            ("agent: {superstep_limit: 0}", "from 1 to"),
            ("log: {level: loud}", "'log.level'"),
            ("store: mysql://x", "must be `postgresql://…`, `redis://…`, `redis`, `sqlite:PATH` or `memory:`"),
            ("store: redis://:hunter2@h:x", "a port that is no number"),
            ("store: redis\nredis: {layout: both}", "must be `json` or `plain`"),
            ("store: redis\nredis: {host: '${NO_SUCH_HOST}'}", "'redis.host' needs"),
            ("store: redis\nredis: {ttl_days: 0}", "'redis.ttl_days'"),
            ("store: 'sqlite:'", "needs the path"),
            ("postgresql: {host: a, pooling: both}", "'postgresql.pooling' in config.yaml must be `session` or"),
            ("postgresql: {fence: open}", "must be `lease` or `strict`"),
            ("postgresql: {pool: {maximum: 1}}", "from 2 to 1000"),
            ("postgresql: {pool: {minimum: 9, maximum: 3}}", "must not be greater than"),
            ("postgresql: {password: a, password_file: b}", "keep one"),
            ("postgresql: {password: '${NO_SUCH_PASSWORD}'}", "'postgresql.password' needs"),
            ("store: 'postgresql://a:b@c:port:1/%zz'", "The connection string cannot be read"),
        ])
    func wrong(_ yaml: String, _ says: String) throws {
        let said = message { try values(yaml).validate() }
        #expect(said.contains(says), "\(said)")
    }

    @Test("an error never shows the value, which may be a secret in the wrong place")
    func secretsInErrors() throws {
        let said = message { try values("server: {port: hunter2}").validate() }
        #expect(!said.contains("hunter2"))
    }

    @Test("tokens and proxy of the file become the access rule")
    func access() throws {
        let yaml = """
            auth:
              tokens:
                - {token: "${TOKEN}", owner: alice, labels: {team: north}}
              proxy: {owner_header: X-User, addresses: [10.0.0.1]}
            """
        guard
            case .required(let tokens, let proxy) = try values(yaml, environment: ["TOKEN": "s"]).serverSettings()
                .access
        else { return #expect(Bool(false), "no rule") }
        #expect(tokens.map(\.owner) == ["alice"])
        #expect(tokens[0].labels == ["team": "north"])
        #expect(proxy?.addresses == ["10.0.0.1"])
        guard case .unset = try values("").serverSettings().access else { return #expect(Bool(false)) }
        guard case .none = try values("auth: none").serverSettings().access else { return #expect(Bool(false)) }
        guard case .none = try values("", environment: ["TURNLEDGER_AUTH": "none"]).serverSettings().access else {
            return #expect(Bool(false))
        }
    }

    @Test("an open server is refused unless the configuration says so")
    func openServer() throws {
        #expect(message { try values("server: {host: 0.0.0.0}").validate() }.contains("`auth: none`"))
        try values("server: {host: 0.0.0.0}\nauth: none").validate()
    }

    @Test("the report hides secrets and says where values come from")
    func report() throws {
        let read = try values(
            "model: {kind: openai, url: http://m, name: n}\nauth: {tokens: [{token: hush, owner: alice}]}",
            flags: ["server.port": "1"], environment: ["TURNLEDGER_MODEL_API_KEY": "hush"])
        let report = try ConfigurationReport.effective(read)
        #expect(!report.contains("hush"))
        #expect(report.contains("model.api_key: (hidden)  # environment"))
        #expect(report.contains("server.port: 1  # flag"))
        #expect(report.contains("auth.tokens: [token of alice]  # file"))
    }
}
