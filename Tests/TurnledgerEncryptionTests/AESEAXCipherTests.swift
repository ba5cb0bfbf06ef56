// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerEncryption
import TurnledgerSQLite
import TurnledgerStore

@Suite("AES-EAX")
struct AESEAXCipherTests {
    static let key = Array("0123456789abcdef0123456789abcdef".utf8)

    /// What LangGraph's `EncryptedSerializer` wrote.
    static let samples: [(String, String, PayloadValue)] = [
        (
            "msgpack+aes", "74fe19800c7f459b9afa5c614c994bbfc788dcbbb898eef277e8b1ea6e2dce293516ce863c8bd7", "secret"
        ),
        (
            "bytes+aes", "c9d4039f12c7f82045f556ef424c8c481eb3dda1a21eaa470292838fc4c8c3af9c9b4a",
            .binary(Array("raw".utf8))
        ),
    ]

    @Test("opens what Python sealed, and seals it to the same bytes", arguments: samples)
    func golden(type: String, hex: String, value: PayloadValue) throws {
        let cipher = try AESEAXCipher(key: Self.key)
        let payload = Payload(type: type, bytes: Self.bytes(hex))
        let (again, decoded) = try payload.encodedAgain(cipher: cipher)
        #expect(decoded == value)
        #expect(again == payload)
        let plain = try payload.opened(with: cipher)
        #expect(try cipher.seal(plain.bytes, nonce: Array(payload.bytes[..<16])) == payload.bytes)
    }

    /// Vectors 1 to 3 and 10 of the paper have a header, which LangGraph does not use; these are of our own making,
    /// checked with pycryptodome.
    @Test("seals anything and opens it again, each time to other bytes", arguments: [16, 24, 32])
    func roundTrip(length: Int) throws {
        let cipher = try AESEAXCipher(key: Array(Self.key.prefix(length)))
        for count in [0, 1, 15, 16, 17, 100_000] {
            let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let sealed = try cipher.seal(text)
            #expect(sealed.count == count + 32)
            #expect(try cipher.open(sealed) == text)
            #expect(try cipher.seal(text) != sealed)
        }
    }

    @Test("refuses every changed byte, what is too short, and another key")
    func damaged() throws {
        let cipher = try AESEAXCipher(key: Self.key)
        let sealed = try cipher.seal(Array("text".utf8))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(throws: StoreError.self) { try cipher.open(changed) }
        }
        for count in 0..<sealed.count { #expect(throws: StoreError.self) { try cipher.open(Array(sealed[..<count])) } }
        let other = try AESEAXCipher(key: Self.key.reversed())
        #expect(throws: StoreError.self) { try other.open(sealed) }
    }

    @Test("takes its key from LangGraph's variable, of 16, 24 or 32 bytes")
    func environment() throws {
        #expect(try AESEAXCipher(environment: [:]) == nil)
        #expect(try AESEAXCipher(environment: ["LANGGRAPH_AES_KEY": "0123456789abcdef"]) != nil)
        for key in ["", "0123456789abcdé", "0123456789abcdef0"] where key.utf8.count != 16 {
            #expect(throws: StoreError.self) { try AESEAXCipher(environment: ["LANGGRAPH_AES_KEY": key]) }
        }
    }

    @Test("leaves nothing readable in a SQLite file but what LangGraph leaves too")
    func store() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("store.sqlite").path
        let thread: ThreadID = "thread"
        let version = ChannelVersion("00000000000000000000000000000001.0.5")
        let checkpoint = Checkpoint(
            thread: thread, id: CheckpointID("1"), timestamp: "",
            channelValues: ["messages": Payload(["a hidden word"]), "inline": Payload("a shown word")],
            channelVersions: ["messages": version, "inline": version],
            metadata: CheckpointMetadata(source: .input, step: -1))
        let writes = TaskWrites(
            checkpoint: checkpoint.reference, taskID: TaskID("t"), writes: [.init("messages", Payload("hidden too"))])
        let commit = Commit(
            writes: [writes],
            checkpoints: [.init(checkpoint, newVersions: ["messages": version, "inline": version])])
        do {
            let store = try SQLiteStore(path: path, cipher: AESEAXCipher(key: Self.key))
            try await store.setUp()
            try await store.commit(commit, fence: nil)
            let expected = StoredCheckpoint(checkpoint: checkpoint, pendingWrites: writes.indexed)
            #expect(try await store.latest(in: thread, namespace: .root) == expected)
            try store.close()
        }
        let log = FileManager.default.contents(atPath: path + "-wal") ?? Data()
        let file = try Data(contentsOf: URL(fileURLWithPath: path)) + log
        #expect(file.range(of: Data("shown word".utf8)) != nil)
        #expect(file.range(of: Data("hidden".utf8)) == nil)
        let plain = try SQLiteStore(path: path)
        let read = try #require(try await plain.latest(in: thread, namespace: .root))
        #expect(read.checkpoint.channelValues["messages"]?.type == "msgpack+aes")
        #expect(read.pendingWrites.map(\.value.type) == ["msgpack+aes"])
        try plain.close()
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        var digits = hex[...]
        var result: [UInt8] = []
        while !digits.isEmpty {
            result.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return result
    }
}
