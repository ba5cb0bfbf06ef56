// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What every write of a `MirrorableStore` within `withGuard` is bound to, in the write's own transaction.
///
/// The store compares its record with `standing` and refuses the write where it is another one; and it notes the marks
/// together with what it writes, so that no write is ever without its mark. A mark without a write does no harm.
public struct MirrorGuard: Sendable {
    /// As `MirrorRecord.standing` has it.
    public var standing: String
    /// What the write changes, and so is to be brought to the other store.
    public var marks: [MirrorMark.Subject]
    /// Names the write among those that mark the same.
    public var token: Int64
    /// When it is made.
    public var time: Timestamp

    /// - Parameters:
    ///   - record: What the store's record must be.
    ///   - marks: What the write changes.
    ///   - time: When it is made.
    public init(_ record: MirrorRecord, marks: [MirrorMark.Subject] = [], at time: Timestamp) {
        standing = record.standing
        self.marks = marks.sorted { $0.text < $1.text }
        token = .random(in: .min ... .max)
        self.time = time
    }

    /// The guard of the Swift task that runs.
    @TaskLocal package static var current: MirrorGuard?

    /// Binds all writes that the body makes.
    ///
    /// - Throws: What the body throws; where a store's record is another one, `.conflict` with `MirrorRoleChanged` beneath.
    public func guarding<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await Self.$current.withValue(self) { () async -> Result<Value, StoreError> in
            do throws(StoreError) { return .success(try await body()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// Why a write was refused: the store is not any more what its writer took it for. Nothing was written.
public struct MirrorRoleChanged: Error {
    public init() {}

    /// What a store throws.
    package static var refusal: StoreError {
        StoreError(
            .conflict, "The stores of the mirror have changed places. Read their records again.",
            underlying: MirrorRoleChanged())
    }
}

extension StoreError {
    /// Whether a write was refused by its guard.
    package var isMirrorRoleChange: Bool { underlying is MirrorRoleChanged }
}
