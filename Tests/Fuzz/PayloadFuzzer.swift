// Turnledger. SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's entry: `scripts/fuzz.sh` compiles it together with the codec's own files.

/// What must hold for whatever bytes: no crash, an error or a value, and what was read is written so that it reads
/// alike. The first byte says how the rest is read.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = [UInt8](UnsafeBufferPointer(start: start + 1, count: count - 1))
    switch start[0] % 4 {
    case 0: fuzzMessagePack(bytes)
    case 1: fuzzJSON(bytes)
    case 2: fuzz(Payload(type: "json", bytes: bytes))
    default: fuzzDocument(bytes)
    }
    return 0
}

private func fuzzMessagePack(_ bytes: [UInt8]) {
    let payload = Payload(type: "msgpack", bytes: bytes)
    guard let value = fuzz(payload) else { return }
    let encoded = MessagePack.encode(value)
    // Longer forms become shorter ones, nothing else changes.
    precondition(encoded.count <= bytes.count || bytes.contains(0xCA))
    guard let again = try? MessagePack.decode(encoded) else { fatalError("What was written does not read.") }
    precondition(MessagePack.encode(again) == encoded)
    _ = try? InlineValue(payload)
    _ = JSONValue(value)
}

@discardableResult
private func fuzz(_ payload: Payload) -> PayloadValue? {
    guard let value = try? payload.decoded() else { return nil }
    _ = value.tree().serialized()
    guard let (again, _) = try? payload.encodedAgain() else { fatalError("What decodes does not encode.") }
    guard let (twice, _) = try? again.encodedAgain() else { fatalError("What was written does not read.") }
    precondition(again == twice)
    look(into: value, depth: 0)
    return value
}

/// Reads every ext node as the objects that Turnledger knows.
private func look(into value: PayloadValue, depth: Int) {
    switch value {
    case .array(let values): for value in values { look(into: value, depth: depth) }
    case .map(let map):
        for entry in map.entries {
            look(into: entry.key, depth: depth)
            look(into: entry.value, depth: depth)
        }
    case .ext(let ext):
        _ = (ext.asObject, ext.asPydantic, ext.asSend, ext.asInterrupt, ext.asDeltaSnapshot)
        guard depth < 8, let content = try? ext.content() else { return }
        look(into: content, depth: depth + 1)
    default: break
    }
}

private func fuzzJSON(_ bytes: [UInt8]) {
    guard let value = try? JSONValue.parse(bytes) else { return }
    let written = value.serialized()
    guard let again = try? JSONValue.parse(written) else { fatalError("What was written does not read.") }
    precondition(again.serialized() == written)
    _ = value.contains(again)
}

/// A checkpoint's row: two documents with a NUL between.
private func fuzzDocument(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let row = CheckpointRow(document: Array(parts[0]), metadata: parts.count > 1 ? Array(parts[1]) : Array("{}".utf8))
    guard
        let checkpoint = try? row.checkpoint(thread: ThreadID("t"), namespace: .root, parent: nil, blobs: []),
        let again = try? CheckpointRow(checkpoint, newVersions: [:])
    else { return }
    guard (try? again.checkpoint(thread: ThreadID("t"), namespace: .root, parent: nil, blobs: [])) != nil else {
        fatalError("A checkpoint that was written does not read.")
    }
    _ = ThreadOutline.Row(checkpoint)
    _ = try? row.marked(withSnapshotOf: "items")
}
