// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import Foundation
    import TurnledgerEncryption
    import TurnledgerPostgres
    import TurnledgerStore

    extension PostgresSettings {
        /// Reads a URL as libpq reads it.
        static func parameters(ofURL url: String) throws(ConfigurationError) -> [String: String] {
            do {
                return try PostgresConfiguration.parameters(of: url)
            } catch {
                throw ConfigurationError(error.message)
            }
        }

        func makeStore(observer: (any StoreObserver)? = nil) throws(StoreError) -> PostgresStore {
            var provider: PostgresConfiguration.PasswordProvider?
            if let passwordSource { provider = { try await passwordSource.password() } }
            let configuration = PostgresConfiguration(
                parameters: parameters, passwordProvider: provider,
                schema: schema, pooling: poolsTransactions ? .transaction : .session,
                minimumConnections: minimumConnections, maximumConnections: maximumConnections,
                connectionLifetime: connectionLifetime, idleTime: idleTime, waitingLimit: waitingLimit,
                waitingDeadline: waitingDeadline, connectDeadline: connectDeadline,
                statementDeadline: statementDeadline, sharesCommits: sharesCommits)
            return try PostgresStore(
                configuration: configuration, fence: isStrict ? .strict : .lease, cipher: AESEAXCipher.ofEnvironment,
                observer: observer)
        }
    }

    extension PostgresSettings.PasswordSource {
        /// Asked for each new connection, so that a password that was changed, or a token that has run out, is read anew.
        func password() async throws -> String {
            switch self {
            case .file(let path):
                guard let data = FileManager.default.contents(atPath: path),
                    let text = String(validating: data, as: UTF8.self)
                else { throw ConfigurationError("The password file \(path) cannot be read.") }
                return text.withoutLineEnd
            case .command(let command):
                return try await Self.output(of: command)
            }
        }

        /// What a shell command prints. What goes wrong is told without what it printed.
        private static func output(of command: String) async throws -> String {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread { continuation.resume(with: Result { try run(command) }) }
            }
        }

        private static func run(_ command: String) throws -> String {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", command]
            process.standardOutput = output
            process.standardInput = FileHandle.nullDevice
            do {
                try process.run()
            } catch {
                throw ConfigurationError("The command of 'postgresql.password_command' cannot be started.")
            }
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0, let text = String(validating: data, as: UTF8.self), !text.isEmpty
            else {
                throw ConfigurationError(
                    "The command of 'postgresql.password_command' gave no password (exit code "
                        + "\(process.terminationStatus)).")
            }
            return text.withoutLineEnd
        }
    }

    extension String {
        /// Without the one line end that editors and `echo` add.
        fileprivate var withoutLineEnd: String {
            var text = self
            if text.last?.isNewline == true { text.removeLast() }
            return text
        }
    }
#endif
