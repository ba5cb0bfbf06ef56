// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import TurnledgerStore

/// What was erased of an owner's: what, where, how much, and a hash over it. Names neither the owner nor a thread.
///
/// `{"format": "turnledger.erasure", "version": 1, "ownerHash", "erasedAt", "places": {place: {kind: count}}, "held",
/// "busy", "threadHashes": […], "checksum"}`: hashes are SHA-256 of the UTF-8 text, `checksum` that of the receipt
/// without it.
public struct ErasureReceipt: Hashable, Sendable {
    public var ownerHash: String
    public var erasedAt: String
    /// What went, by place and kind.
    public var places: [String: [String: Int]] = [:]
    /// Threads that stay because of a legal hold.
    public var held = 0
    /// Threads that stay because a run has not ended.
    public var busy = 0
    public var threadHashes: [String] = []

    init(owner: String, erasedAt: String) {
        ownerHash = Self.hash(ofOwner: owner)
        self.erasedAt = erasedAt
    }

    /// - Throws: `OperationError` for a receipt that was changed.
    public init(path: String) throws {
        let json = try SignedJSON.read(path)
        guard json["format"]?.string == "turnledger.erasure", json["version"]?.integer == 1,
            let ownerHash = json["ownerHash"]?.string, let erasedAt = json["erasedAt"]?.string,
            let hashes = json["threadHashes"]?.array
        else { throw OperationError("\(path) is no receipt of an erasure, or one of a later version.") }
        self.ownerHash = ownerHash
        self.erasedAt = erasedAt
        held = Int(json["held"]?.integer ?? 0)
        busy = Int(json["busy"]?.integer ?? 0)
        threadHashes = hashes.compactMap(\.string)
        for place in json["places"]?.object?.members ?? [] {
            places[place.key] = Dictionary(
                (place.value.object?.members ?? []).map { ($0.key, Int($0.value.integer ?? 0)) },
                uniquingKeysWith: { $1 })
        }
    }

    /// Whether nothing of the owner's stayed.
    public var isComplete: Bool { held == 0 && busy == 0 }

    /// One line of JSON.
    public var text: String { SignedJSON.text(json) }

    var checksum: String { SHA256.hexadecimal(of: JSONValue.object(json).text.utf8) }

    var placesJSON: JSONValue {
        .object(
            JSONObject(
                members: places.sorted { $0.key < $1.key }.map { place in
                    .init(
                        key: place.key,
                        value: .object(
                            JSONObject(
                                members: place.value.sorted { $0.key < $1.key }.map {
                                    .init(key: $0.key, value: .integer(Int64($0.value)))
                                })))
                }))
    }

    private var json: JSONObject {
        [
            "format": "turnledger.erasure", "version": 1, "ownerHash": .string(ownerHash),
            "erasedAt": .string(erasedAt), "places": placesJSON, "held": .integer(Int64(held)),
            "busy": .integer(Int64(busy)), "threadHashes": .array(threadHashes.map(JSONValue.string)),
        ]
    }

    static func hash(ofOwner owner: String) -> String { SHA256.hexadecimal(of: owner.utf8) }
    static func hash(of thread: ThreadID) -> String { SHA256.hexadecimal(of: thread.rawValue.utf8) }
}
