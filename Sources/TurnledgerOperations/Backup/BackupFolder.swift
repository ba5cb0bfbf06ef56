// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
public import TurnledgerStore

/// A folder of dumps of one store, each with a manifest.
///
/// A manifest: `{"format": "turnledger.backup", "version": 1, "store", "file", "sha256", "bytes", "createdAt", "rows":
/// {table: count}, "threads": {id: hash}, "checksum"}`: what the store held at the dump's moment.
public struct BackupFolder: Sendable {
    /// A dump that there is.
    public struct Backup: Hashable, Sendable {
        public var file: String
        /// The store's `rowFormat`.
        public var store: String
        public var sha256: String
        public var bytes: Int
        public var createdAt: String
        public var digest: StoreDigest
    }

    /// What came of restoring a dump.
    public struct Verdict: Hashable, Sendable {
        public var backup: Backup
        /// How many checkpoints were read back and decoded.
        public var decoded = 0
        /// What is wrong, a sentence each.
        public var faults: [String] = []

        public var isSound: Bool { faults.isEmpty }

        /// `{"file", "createdAt", "threads", "checkpoints", "sound", "faults"}`.
        public var json: JSONValue {
            [
                "file": .string(backup.file), "createdAt": .string(backup.createdAt),
                "threads": .integer(Int64(backup.digest.threads.count)), "checkpoints": .integer(Int64(decoded)),
                "sound": .bool(isSound), "faults": .array(faults.map(JSONValue.string)),
            ]
        }
    }

    private static let suffix = ".manifest.json"
    private static let fileSuffix = ".dump"

    public let path: String
    private let clock: any WallClock

    public init(path: String, clock: any WallClock = SystemWallClock()) {
        self.path = path
        self.clock = clock
    }

    // MARK: Taking

    /// Dumps a store, and removes the oldest dumps beyond `keep` once the new one is safe.
    public func take(of store: any BackupStore, keeping keep: Int) async throws -> Backup {
        try Files.makeFolder(path)
        let now = clock.now()
        let name = "turnledger-\(ArchiveFolder.stamp(now))-\(UniqueID.random().prefix(8))" + Self.fileSuffix
        let temporary = place(name) + ".part"
        defer { try? Files.remove(temporary) }
        let digest = try await store.dump(to: temporary)
        let (hash, size) = try Files.checksum(of: temporary)
        let backup = Backup(
            file: name, store: store.rowFormat, sha256: hash, bytes: size, createdAt: now.rfc3339, digest: digest)
        try Files.settle(temporary, as: place(name))
        try Files.write(Array(SignedJSON.text(Self.json(backup)).utf8), to: place(Self.manifest(of: name)))
        let manifests = Files.names(in: path, ending: Self.suffix)
        for old in manifests.dropLast(max(1, keep)) {
            try Files.remove(place(old))
            try Files.remove(place(String(old.dropLast(Self.suffix.count)) + Self.fileSuffix))
        }
        return backup
    }

    // MARK: Reading

    /// All dumps, the oldest first. - Throws: `OperationError` for a manifest that was changed.
    public func backups() throws -> [Backup] {
        try Files.names(in: path, ending: Self.suffix).map { try backup(place($0)) }
    }

    /// Restores the newest dump into a scratch place and compares: the file's checksum, the count of rows of each table,
    /// the hash of each thread's rows with what the live store had at the dump's moment; then decodes every checkpoint.
    ///
    /// - `scratch`: As `BackupStore.withRestored`.
    public func verifyNewest(with store: any BackupStore, scratch: String? = nil) async throws -> Verdict {
        guard let name = Files.names(in: path, ending: Self.suffix).last else {
            throw OperationError("There is no backup in \(path).")
        }
        let backup = try backup(place(name))
        let file = place(backup.file)
        guard try Files.checksum(of: file) == (backup.sha256, backup.bytes) else {
            return Verdict(backup: backup, faults: ["\(file) was changed or is damaged: its checksum is wrong."])
        }
        guard backup.store == store.rowFormat else {
            throw OperationError("\(file) is a dump of a store of kind \(backup.store).")
        }
        return try await store.withRestored(file, scratch: scratch) { restored in
            var verdict = Verdict(backup: backup)
            let digest = try await restored.digest()
            for table in Set(digest.rows.keys).union(backup.digest.rows.keys).sorted()
            where digest.rows[table] != backup.digest.rows[table] {
                verdict.faults.append(
                    "\(table) has \(digest.rows[table] ?? 0) rows, and had \(backup.digest.rows[table] ?? 0).")
            }
            for (thread, hash) in backup.digest.threads where digest.threads[thread] != hash {
                verdict.faults.append("Thread \(thread) is not as it was.")
            }
            for thread in digest.threads.keys where backup.digest.threads[thread] == nil {
                verdict.faults.append("Thread \(thread) was not there.")
            }
            for thread in digest.threads.keys {
                do {
                    for try await stored in try await restored.list(CheckpointQuery(thread: thread)) {
                        for value in stored.checkpoint.channelValues.values where !value.isSealed {
                            _ = try value.decoded()
                        }
                        verdict.decoded += 1
                    }
                } catch {
                    verdict.faults.append("A checkpoint of thread \(thread) cannot be decoded.")
                }
            }
            if verdict.decoded != backup.digest.rows["checkpoints"] {
                verdict.faults.append(
                    "\(verdict.decoded) checkpoints were decoded, of \(backup.digest.rows["checkpoints"] ?? 0).")
            }
            return verdict
        }
    }

    // MARK: Help

    private func place(_ name: String) -> String { path + "/" + name }

    private static func manifest(of file: String) -> String { String(file.dropLast(fileSuffix.count)) + suffix }

    private static func json(_ backup: Backup) -> JSONObject {
        [
            "format": "turnledger.backup", "version": 1, "store": .string(backup.store), "file": .string(backup.file),
            "sha256": .string(backup.sha256), "bytes": .integer(Int64(backup.bytes)),
            "createdAt": .string(backup.createdAt),
            "rows": .object(
                JSONObject(
                    members: backup.digest.rows.sorted { $0.key < $1.key }.map {
                        .init(key: $0.key, value: .integer(Int64($0.value)))
                    })),
            "threads": .object(
                JSONObject(
                    members: backup.digest.threads.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                        .init(key: $0.key.rawValue, value: .string($0.value))
                    })),
        ]
    }

    private func backup(_ path: String) throws -> Backup {
        let json = try SignedJSON.read(path)
        guard json["format"]?.string == "turnledger.backup", json["version"]?.integer == 1,
            let file = json["file"]?.string, !file.contains("/"), let store = json["store"]?.string,
            let hash = json["sha256"]?.string, let bytes = json["bytes"]?.integer,
            let createdAt = json["createdAt"]?.string
        else { throw OperationError("\(path) is no manifest of a backup, or one of a later version.") }
        var digest = StoreDigest()
        for member in json["rows"]?.object?.members ?? [] { digest.rows[member.key] = Int(member.value.integer ?? 0) }
        for member in json["threads"]?.object?.members ?? [] {
            digest.threads[ThreadID(member.key)] = member.value.string
        }
        return Backup(
            file: file, store: store, sha256: hash, bytes: Int(bytes), createdAt: createdAt, digest: digest)
    }
}
