// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import NIOCore
    import TurnledgerPostgres
    import TurnledgerStore

    extension Doctor {
        /// The oldest major version that is taken, and the oldest that is tested.
        private static let versions = (least: 12, tested: 15)

        /// From the name of the server to the rows of its tables.
        ///
        /// - Returns: The store, where its tables can be used.
        func postgres(_ settings: PostgresSettings, report: ([Finding]) -> Void) async -> PostgresStore? {
            let way = await way(to: settings)
            report(way)
            guard way.status != .failed else { return nil }
            let store: PostgresStore
            do {
                var settings = settings
                // A connection that waits is told of sooner than a server would give up.
                settings.connectDeadline = min(settings.connectDeadline, deadline * 2)
                store = try settings.makeStore()
            } catch {
                report([.failed(.login, error.detail)])
                return nil
            }
            let facts: ServerFacts
            do throws(StoreError) {
                facts = try await store.serverFacts()
            } catch {
                report([Self.login(error, settings)])
                await store.close()
                return nil
            }
            let role = settings.parameters["user"] ?? "the role"
            report([.ok(.login, "\(role) may use \(settings)\(facts.usesTLS ? ", over TLS" : "").")])
            report([server(facts)])
            let (schema, isComplete) = await self.schema(of: store, facts, role)
            report(schema)
            report([await clock(of: store), await latency(of: store), connections(facts, settings)])
            guard isComplete else {
                await store.close()
                return nil
            }
            return store
        }

        /// What a server may be troubled by whose store works.
        func figures(of store: PostgresStore, _ settings: PostgresSettings) async -> [Finding] {
            guard let facts = try? await store.serverFacts() else { return [] }
            return [
                server(facts), await clock(of: store), await latency(of: store), connections(facts, settings),
            ]
        }

        // MARK: The way

        /// DNS, TCP and TLS of each host. One of several that cannot be reached is a warning.
        private func way(to settings: PostgresSettings) async -> [Finding] {
            let hosts = Self.hosts(of: settings.parameters)
            guard !hosts.isEmpty else { return [.ok(.tcp, "The server is asked for over the local socket.")] }
            var findings: [[Finding]] = []
            for host in hosts { findings.append(await way(to: host, settings)) }
            guard findings.contains(where: { $0.status != .failed }) else { return findings.flatMap(\.self) }
            return findings.flatMap(\.self).map { finding in
                var finding = finding
                if finding.status == .failed { finding.status = .warning }
                return finding
            }
        }

        private func way(to host: (name: String, port: Int), _ settings: PostgresSettings) async -> [Finding] {
            let place = "\(host.name):\(host.port)"
            let isAddress = (try? SocketAddress(ipAddress: host.name, port: host.port)) != nil
            let addresses: [SocketAddress]
            do {
                addresses = try await NetworkProbe.addresses(of: host.name, port: host.port)
            } catch {
                return [
                    .failed(
                        .dns, "The name \(host.name) has no address.",
                        cure: "Mend `postgresql.host`, or the name service of this machine.")
                ]
            }
            let texts = addresses.compactMap(\.ipAddress).joined(separator: ", ")
            var findings = [Finding.ok(.dns, isAddress ? "\(host.name) is an address." : "\(host.name) is \(texts).")]
            guard let address = addresses.first else { return findings }
            do {
                try await NetworkProbe.connect(to: address, within: deadline)
                findings.append(.ok(.tcp, "\(place) takes connections."))
            } catch {
                findings.append(
                    .failed(
                        .tcp, "\(place) takes no connections.",
                        cure: "Check that PostgreSQL runs there, `postgresql.port`, listen_addresses and firewalls."))
                return findings
            }
            findings.append(
                await tls(at: address, place, name: isAddress ? nil : host.name, mode: settings.parameters["sslmode"]))
            return findings
        }

        /// Whether TLS is offered, and how long the certificate is good. Whom it is signed by is libpq's affair, at login.
        private func tls(at address: SocketAddress, _ place: String, name: String?, mode: String?) async -> Finding {
            let isLoopback = address.ipAddress.map { $0 == "::1" || $0.hasPrefix("127.") } ?? false
            let mode = mode ?? "prefer"
            guard mode != "disable" else {
                guard !isLoopback else { return .ok(.tls, "sslmode is `disable`, on this machine alone.") }
                return .warning(
                    .tls, "sslmode is `disable`: passwords and conversations cross the network as they are.",
                    cure: "Set `postgresql.sslmode: verify-full` and `postgresql.sslrootcert`.")
            }
            let answer: NetworkProbe.Answer
            do {
                answer = try await NetworkProbe.askForTLS(at: address, name: name, within: deadline)
            } catch {
                return .failed(
                    .tls, "\(place) did not answer whether it offers TLS.",
                    cure: "Check that it is a PostgreSQL server or a pooler.")
            }
            switch answer {
            case .offersNoTLS:
                let text = "\(place) offers no TLS; sslmode is `\(mode)`."
                let cure = "Turn it on (`ssl = on` and a certificate), or set `postgresql.sslmode: disable`."
                if !["prefer", "allow"].contains(mode) { return .failed(.tls, text, cure: cure) }
                return isLoopback ? .ok(.tls, text) : .warning(.tls, text, cure: cure)
            case .showsCertificate(let expiry):
                return judge(expiry: expiry, of: place, mode: mode, isLoopback: isLoopback)
            }
        }

        private func judge(expiry: Timestamp, of place: String, mode: String, isLoopback: Bool) -> Finding {
            let days = (expiry.microseconds - clock.now().microseconds) / 86_400_000_000
            let day = expiry.rfc3339.prefix(10)
            let isChecked = mode == "verify-full" || mode == "verify-ca"
            if expiry <= clock.now() {
                let text = "The certificate of \(place) expired on \(day)."
                let cure = "Renew it at the server, then reload the server."
                return isChecked ? .failed(.tls, text, cure: cure) : .warning(.tls, text, cure: cure)
            }
            if days < 14 {
                return .warning(
                    .tls, "The certificate of \(place) expires in \(days) days, on \(day).",
                    cure: "Renew it at the server, then reload the server.")
            }
            guard isChecked || isLoopback else {
                return .warning(
                    .tls, "\(place) encrypts, but sslmode `\(mode)` does not check who it is.",
                    cure: "Set `postgresql.sslmode: verify-full` and `postgresql.sslrootcert`.")
            }
            return .ok(.tls, "\(place) shows a certificate that is good until \(day).")
        }

        /// The hosts of libpq's parameters, without sockets.
        static func hosts(of parameters: [String: String]) -> [(name: String, port: Int)] {
            guard let names = parameters["hostaddr"] ?? parameters["host"], !names.isEmpty else { return [] }
            let ports = (parameters["port"] ?? "").split(separator: ",").map { Int($0) ?? 5432 }
            return names.split(separator: ",").enumerated().compactMap { index, name in
                guard !name.hasPrefix("/") else { return nil }
                return (String(name), ports.count > 1 ? ports[min(index, ports.count - 1)] : ports.first ?? 5432)
            }
        }

        // MARK: The login

        /// What a refused connection is about: libpq reports TLS, authorities, names, roles and databases alike.
        private static func login(_ error: StoreError, _ settings: PostgresSettings) -> Finding {
            guard let error = error.underlying as? PostgresError else { return .failed(.login, error.detail) }
            let user = settings.parameters["user"] ?? "the role"
            let message = error.message
            if message.contains("does not match host name") {
                return .failed(
                    .tls, "The server's certificate is for another name: \(message).",
                    cure: "Put that name into `postgresql.host`, or give the server a certificate for this one.")
            }
            // libpq ends that message with advice, which is all that is left of it.
            if message.contains("Either provide the file") {
                let file = settings.parameters["sslrootcert"] ?? "~/.postgresql/root.crt"
                return .failed(
                    .tls, "The file of the authority is missing: \(file).", cure: "Mend `postgresql.sslrootcert`.")
            }
            if message.contains("certificate") || message.contains("SSL") {
                return .failed(
                    .tls, "The server's certificate is not trusted: \(message).",
                    cure: "Name the file of the authority that signed it: `postgresql.sslrootcert`.")
            }
            switch error.sqlState {
            case "28P01":
                return .failed(
                    .login, "PostgreSQL refused the password of \(user).",
                    cure: "Set POSTGRESQL_PASSWORD, or whatever `postgresql.password` refers to.")
            case "28000":
                return .failed(
                    .login, "PostgreSQL does not let \(user) in: no such role, or pg_hba.conf has no line for it.",
                    cure: "CREATE ROLE \(user) LOGIN …, or add a line to pg_hba.conf.")
            case "3D000":
                let database = settings.parameters["dbname"] ?? user
                return .failed(
                    .login, "There is no database \(database) on the server.",
                    cure: "CREATE DATABASE \(database) OWNER \(user), or mend `postgresql.database`.")
            case "53300":
                return .failed(
                    .connections, "The server takes no more connections.",
                    cure: "Lower `postgresql.pool.maximum`, use a pooler, or raise max_connections.")
            default: return .failed(.login, "No connection could be made: \(message).")
            }
        }

        // MARK: The server and the tables

        private func server(_ facts: ServerFacts) -> Finding {
            let name = "PostgreSQL \(facts.version / 10_000).\(facts.version % 10_000)"
            if facts.isStandby || facts.isReadOnly {
                return .failed(
                    .server, "\(name) is read only\(facts.isStandby ? ": a standby" : " for this role").",
                    cure: facts.isStandby
                        ? "Name the primary, or all hosts with `postgresql.target_session_attrs: read-write`."
                        : "ALTER ROLE … SET default_transaction_read_only = off.")
            }
            if facts.version / 10_000 < Self.versions.least {
                return .failed(.server, "\(name) is too old.", cure: "Use \(Self.versions.least) or later.")
            }
            guard facts.version / 10_000 >= Self.versions.tested else {
                return .warning(.server, "\(name) is older than any that is tested (\(Self.versions.tested)).")
            }
            return .ok(.server, "\(name), database of \(facts.databaseBytes / 1_000_000) MB.")
        }

        private func schema(
            of store: PostgresStore, _ facts: ServerFacts, _ role: String
        ) async -> (findings: [Finding], isComplete: Bool) {
            guard facts.forbiddenTables.isEmpty else {
                let tables = facts.forbiddenTables.joined(separator: ", ")
                return (
                    [
                        .failed(
                            .rights, "\(role) may not read and write \(tables).",
                            cure: "GRANT SELECT, INSERT, UPDATE, DELETE ON the tables TO \(role).")
                    ], false
                )
            }
            let steps: [SchemaStep]
            do throws(StoreError) {
                steps = try await store.schemaPlan()
            } catch {
                return ([.failed(.schema, error.detail)], false)
            }
            guard !steps.isEmpty else {
                return (
                    [
                        .ok(.schema, "All tables are there and up to date."),
                        .ok(.rights, "\(role) may read and write them."),
                    ], true
                )
            }
            let missing = Finding.warning(
                .schema, "\(steps.count) steps of the schema are missing; `serve` takes them when it starts.",
                cure: "`turnledger schema plan` shows them, `turnledger schema apply` takes them now.")
            if facts.mayMakeTables == nil, !facts.mayMakeSchemas {
                return (
                    [
                        missing,
                        .failed(
                            .rights, "The schema is not there, and \(role) may not make it.",
                            cure: "Make it as the database's owner: CREATE SCHEMA … AUTHORIZATION \(role)."),
                    ], false
                )
            }
            if facts.mayMakeTables == false {
                return (
                    [
                        missing,
                        .failed(
                            .rights, "\(role) may not make tables in the schema.",
                            cure: "GRANT USAGE, CREATE ON SCHEMA … TO \(role), or let its owner run "
                                + "`turnledger schema apply`."),
                    ], false
                )
            }
            return ([missing, .ok(.rights, "\(role) may make the tables.")], false)
        }

        // MARK: Figures

        private func clock(of store: PostgresStore) async -> Finding {
            let before = clock.now()
            guard let facts = try? await store.serverFacts() else { return .failed(.clock, "The server fell silent.") }
            let after = clock.now()
            let middle = (before.microseconds + after.microseconds) / 2
            let skew = Double(middle - facts.time.microseconds) / 1e6
            let size = abs(skew)
            // An answer that takes long says no more than that.
            let doubt = Double(after.microseconds - before.microseconds) / 2e6
            guard size > 2 + doubt else { return .ok(.clock, "This machine's clock and the server's agree.") }
            let text =
                "This machine's clock is \(Int(size.rounded())) s \(skew > 0 ? "ahead of" : "behind") the server's."
            let cure = "Have both follow NTP: times of conversations and their retention go by these clocks."
            return size > 60 + doubt ? .failed(.clock, text, cure: cure) : .warning(.clock, text, cure: cure)
        }

        private func latency(of store: PostgresStore) async -> Finding {
            var durations: [Duration] = []
            for _ in 0..<9 {
                let start = ContinuousClock.now
                guard (try? await store.ping()) != nil else { return .failed(.latency, "The server fell silent.") }
                durations.append(.now - start)
            }
            let median = durations.sorted()[durations.count / 2]
            let text = "A round trip takes \(median.readable) (the median of \(durations.count))."
            guard median > .milliseconds(20) else { return .ok(.latency, text) }
            return .warning(
                .latency, text, cure: "A superstep waits for one round trip at least: put the server nearer.")
        }

        private func connections(_ facts: ServerFacts, _ settings: PostgresSettings) -> Finding {
            let free = facts.connectionLimit - facts.connections
            let text =
                "\(facts.connections) of \(facts.connectionLimit) connections are taken; this server may take "
                + "\(settings.maximumConnections)."
            guard free < settings.maximumConnections else { return .ok(.connections, text) }
            return .warning(
                .connections, text, cure: "Lower `postgresql.pool.maximum`, use a pooler, or raise max_connections.")
        }
    }
#endif
