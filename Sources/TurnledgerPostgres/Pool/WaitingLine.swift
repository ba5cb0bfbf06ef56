// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Who waits, first come, first served; anybody may leave in between.
///
/// Joining, leaving and serving cost the same however many wait.
struct WaitingLine {
    private var members: [Int: PoolMachine.Waiter] = [:]
    /// The order of coming; holds those who left until they are passed over.
    private var order: [Int] = []
    private var head = 0

    var count: Int { members.count }
    var isEmpty: Bool { members.isEmpty }
    var all: some Sequence<PoolMachine.Waiter> { members.values }

    mutating func join(_ waiter: PoolMachine.Waiter) {
        members[waiter.id] = waiter
        order.append(waiter.id)
    }

    /// - Returns: Whether the waiter was there.
    mutating func leave(_ id: Int) -> Bool {
        defer { compact() }
        return members.removeValue(forKey: id) != nil
    }

    var first: PoolMachine.Waiter? {
        mutating get {
            while head < order.count {
                if let waiter = members[order[head]] { return waiter }
                head += 1
            }
            compact()
            return nil
        }
    }

    mutating func removeFirst() {
        guard let first else { return }
        members[first.id] = nil
        head += 1
        compact()
    }

    private mutating func compact() {
        if members.isEmpty {
            order.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 256, head > order.count / 2 {
            order.removeFirst(head)
            head = 0
        }
    }
}
