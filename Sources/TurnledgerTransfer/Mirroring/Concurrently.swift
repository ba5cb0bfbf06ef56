// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Does something with each of many, with so many at once at most.
///
/// - Returns: What came of them, in the order in which they ended.
/// - Throws: The first failure; after it no further one is begun.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], atMost limit: Int, _ body: @escaping @Sendable (Item) async throws(StoreError) -> Value
) async throws(StoreError) -> [Value] {
    let result = await withTaskGroup(of: Result<Value, StoreError>.self) { group in
        var (values, failure, left) = ([Value](), StoreError?.none, items[...])
        func begin() {
            guard failure == nil, let item = left.popFirst() else { return }
            group.addTask {
                do throws(StoreError) { return .success(try await body(item)) } catch { return .failure(error) }
            }
        }
        for _ in 0..<limit { begin() }
        while let result = await group.next() {
            switch result {
            case .success(let value): values.append(value)
            case .failure(let error): failure = failure ?? error
            }
            begin()
        }
        return failure.map { Result<[Value], StoreError>.failure($0) } ?? .success(values)
    }
    return try result.get()
}
