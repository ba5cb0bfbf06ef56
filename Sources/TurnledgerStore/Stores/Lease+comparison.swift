// Turnledger. SPDX-License-Identifier: Apache-2.0

extension Lease {
    /// Whether this is the other lease, whatever their beats.
    package func isSameHold(as other: Lease) -> Bool {
        epoch == other.epoch && run == other.run && ExactText(holder) == ExactText(other.holder)
    }

    /// Whether a run's lease is as somebody saw it, so that nobody has beaten or taken it since.
    package static func isUnchanged(_ current: Lease?, since observed: Lease?, of run: RunID) -> Bool {
        switch (current, observed) {
        case (nil, nil): true
        case (let current?, let observed?):
            current.run == run && current.isSameHold(as: observed) && current.beat == observed.beat
        default: false
        }
    }
}
