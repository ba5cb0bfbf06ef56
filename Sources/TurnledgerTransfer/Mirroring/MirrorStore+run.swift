// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

extension MirrorStore {
    /// Brings what is marked to the secondary where no other server does, and follows the roles, until the Swift task is
    /// cancelled.
    public func run() async {
        let courier = MirrorCourier(of: self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followRoles() }
            group.addTask { await self.deliver(courier) }
            group.addTask {
                while !Task.isCancelled {
                    if let hold = courier.hold { await hold.beating(every: self.settings.beat) }
                    try? await Task.sleep(for: self.settings.beat)
                }
            }
        }
        await courier.release()
    }

    /// Sees a switch soon, for the sake of reads: a write would find it by itself.
    private func followRoles() async {
        var watch = StandstillWatch()
        while !Task.isCancelled {
            do throws(StoreError) {
                switch try await look() {
                case .roles(let roles): learn(roles)
                case .sealed(let side, let record):
                    if watch.hasStood(record, for: settings.takeOver) { try await unseal(side, record) }
                }
                try await noteBacklog()
            } catch {
                logger.debug("Roles cannot be read", metadata: ["reason": "\(error.detail)"])
            }
            try? await Task.sleep(for: settings.interval * 4)
        }
    }

    private func noteBacklog() async throws(StoreError) {
        guard let roles = knownRoles else { return }
        let backlog = try await part(roles.primary).mirrorBacklog(limit: 1)
        tally.withLock { $0.note(backlog) }
    }

    private func deliver(_ courier: MirrorCourier) async {
        var watch = StandstillWatch()
        var isWell = true
        while !Task.isCancelled {
            do throws(StoreError) {
                let roles = try await roles(until: .now + settings.patience)
                if !courier.isThere(for: roles) {
                    try await part(roles.primary.other).setUp()
                    guard try await courier.acquire(roles, watch: &watch) else {
                        try? await Task.sleep(for: settings.beat / 2)
                        continue
                    }
                    logger.info("Mirrors from here", metadata: ["epoch": "\(roles.epoch)"])
                    try await courier.markDifferences()
                }
                let (brought, _) = try await courier.deliver()
                if !isWell { logger.notice("Secondary is back") }
                isWell = true
                if brought == 0 { await bell.wait(atMost: settings.interval) }
            } catch {
                // Another server has begun, or the stores have changed places: no failure.
                if !error.isMirrorRoleChange {
                    if isWell { logger.error("Mirror cannot go on", metadata: ["reason": "\(error.detail)"]) }
                    isWell = false
                }
                if error.isMirrorRoleChange, let roles = knownRoles { forgetRoles(roles) }
                try? await Task.sleep(for: error.isMirrorRoleChange ? settings.interval : settings.beat)
            }
        }
    }
}
