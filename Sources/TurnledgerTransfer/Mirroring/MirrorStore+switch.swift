// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension MirrorStore: SwitchableStore {
    /// Makes the other store the primary, while servers go on: docs/decisions/0015-mirror.md has the steps.
    ///
    /// May be repeated after a crash at any point, by anybody: a switch that was not decided has not taken place, one that
    /// was is completed by whoever looks at the records next. Writes wait meanwhile, for `settings.barrier` at most.
    ///
    /// - Parameters:
    ///   - target: Which store is to be the primary; `nil`: the one that is not. Where it is already nothing happens.
    ///   - actor: Who asks, for the audit.
    ///   - catchUp: How long it may take to bring what is not in the secondary, before writes have to wait.
    /// - Throws: `.unavailable` where the secondary cannot be brought up to date in time, `.conflict` where somebody else
    ///   switches; the roles are as before then.
    public func switchRoles(
        to target: MirrorSide? = nil, actor: String, catchUp: Duration = .seconds(3600)
    ) async throws(StoreError) -> MirrorSwitch {
        let roles = try await freshRoles()
        guard roles.primary != target else {
            return MirrorSwitch(roles: roles, isNew: false, waited: .zero, brought: 0)
        }
        let courier = MirrorCourier(of: self)
        try await part(roles.primary.other).setUp()
        let beats = Task { [settings] in
            while !Task.isCancelled {
                if let hold = courier.hold { await hold.beating(every: settings.beat) }
                try? await Task.sleep(for: settings.beat / 4)
            }
        }
        defer { beats.cancel() }
        do throws(StoreError) {
            var brought = try await catchUpWithWrites(roles, courier, until: .now + catchUp)
            // Writes wait from here on: it goes to its end, also where whoever asked is gone.
            let changing = Task { [self] () -> Result<(Duration, Int), StoreError> in
                do throws(StoreError) {
                    return .success(try await change(roles, courier))
                } catch {
                    return .failure(error)
                }
            }
            let (waited, more) = try await changing.value.get()
            brought += more
            let result = MirrorSwitch(
                roles: MirrorRoles(primary: roles.primary.other, epoch: roles.epoch + 1), isNew: true, waited: waited,
                brought: brought)
            await audit(result, actor)
            return result
        } catch {
            await Task { await courier.release() }.value
            throw error
        }
    }

    private func freshRoles() async throws(StoreError) -> MirrorRoles {
        if let known = knownRoles { forgetRoles(known) }
        return try await roles(until: .now + settings.patience, sharingLooks: false)
    }

    /// Brings all that is not in the secondary, until so few marks are left that writes need not wait long for them.
    ///
    /// - Returns: How many were brought.
    private func catchUpWithWrites(
        _ roles: MirrorRoles, _ courier: MirrorCourier, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Int {
        var (isCompared, held, since) = (false, 0, ContinuousClock.now)
        let primary = part(roles.primary)
        return try await bring(roles, courier, until: deadline) { () async throws(StoreError) in
            if isCompared { return }
            try await courier.markDifferences()
            // Their logs may be from before the mirror.
            let unfinished = try await primary.unfinishedRuns(in: nil)
            try await primary.mark(
                unfinished.map { .events($0.run.id) }, token: .random(in: .min ... .max), at: clock.now())
            (isCompared, held, since) = (true, unfinished.count, .now)
        } isEnough: { left, perSecond, took in
            // Where there is much writing few are never left: what can be brought in a second, then, beside the threads
            // with leases. A few threads may have much that is new: writes will wait about as long as this time took.
            let tried = ContinuousClock.now - since
            let (few, short) =
                tried < .seconds(5)
                ? (20, .milliseconds(500))
                : (max(20, perSecond - held), settings.barrier / (tried < .seconds(30) ? 4 : 2))
            return left <= few && took <= short
        }
    }

    /// Brings marks until enough is done. Another courier is sent away, again where it comes back.
    ///
    /// - Parameters:
    ///   - first: What is done before, as this pair's courier; again where it fails.
    ///   - isEnough: Is told how many are left, how many were brought in a second, and how long it took.
    /// - Returns: How many were brought.
    private func bring(
        _ roles: MirrorRoles, _ courier: MirrorCourier, until deadline: ContinuousClock.Instant,
        first: () async throws(StoreError) -> Void = { () async throws(StoreError) in },
        isEnough: (_ left: Int, _ perSecond: Int, _ took: Duration) -> Bool
    ) async throws(StoreError) -> Int {
        var (total, failure) = (0, StoreError?.none)
        while ContinuousClock.now < deadline {
            if Task.isCancelled {
                throw StoreError(.unavailable, "Whoever asked for the switch is gone; the roles are as before.")
            }
            do throws(StoreError) {
                if !courier.isThere(for: roles) {
                    var watch = StandstillWatch()
                    guard try await courier.acquire(roles, watch: &watch, isForced: true) else {
                        await pause(.milliseconds(10))
                        continue
                    }
                }
                try await first()
                let begun = ContinuousClock.now
                let (brought, left) = try await courier.deliver(until: deadline)
                total += brought
                let took = ContinuousClock.now - begun
                let perSecond = Int(Int64(brought) * 1_000_000 / max(1, took.microseconds))
                if isEnough(left, perSecond, took) { return total }
                failure = nil
                if brought == 0 { await pause(.milliseconds(20)) }
            } catch {
                guard error.isMirrorRoleChange || error.code == .unavailable else { throw error }
                failure = error
                await pause(.milliseconds(50))
            }
        }
        throw StoreError(
            .unavailable,
            "The secondary could not be brought up to date in time; the roles are as before. "
                + (failure?.detail ?? "Too much is changing, or a thread cannot be stored there: see the servers' logs.")
                + " Repeat the switch, where much is to be brought with more time (`--catch-up`).")
    }

    /// Keeps writes waiting, brings the last of them, and decides.
    private func change(
        _ roles: MirrorRoles, _ courier: MirrorCourier
    ) async throws(StoreError) -> (Duration, Int) {
        let primary = part(roles.primary)
        guard let before = try await primary.mirrorRecord(), before.standing == roles.record.standing else {
            throw StoreError(
                .conflict,
                "Somebody else is switching the mirror. Look at its roles (`turnledger doctor`), then decide.")
        }
        let sealed = MirrorRecord(role: .sealed, epoch: roles.epoch, holder: UniqueID.random())
        let began = ContinuousClock.now
        guard try await primary.replaceMirrorRecord(before, with: sealed) else {
            throw StoreError(
                .conflict,
                "Somebody else is switching the mirror. Look at its roles (`turnledger doctor`), then decide.")
        }
        let seal = MirrorHold(of: sealed, in: primary)
        let beats = Task { [settings] in await seal.beating(every: settings.beat) }
        do throws(StoreError) {
            let brought = try await bring(roles, courier, until: began + settings.barrier) { left, _, _ in left == 0 }
            // The beats of leases are not marked when they are raised.
            try await courier.bringLeases(of: Set(try await primary.unfinishedRuns(in: nil).map(\.run.thread)))
            beats.cancel()
            await beats.value
            // From here on the other one is the primary, whatever happens to this process.
            guard try await seal.replace(with: MirrorRecord(role: .secondary, epoch: roles.epoch + 1)) else {
                throw StoreError(.conflict, "The switch took so long that another server gave it up. Try again.")
            }
            forgetRoles(roles)
            _ = try await self.roles(until: .now + settings.patience)
            return (.now - began, brought)
        } catch {
            beats.cancel()
            await beats.value
            if let record = seal.record { try? await unseal(roles.primary, record) }
            throw error
        }
    }

    private func audit(_ result: MirrorSwitch, _ actor: String) async {
        let entry = AuditEntry(
            time: clock.now(), actor: actor, action: .switched, subject: "mirror",
            details: [
                "primary": .string(result.roles.primary.rawValue), "epoch": .integer(result.roles.epoch),
                "waited_ms": .integer(result.waited.microseconds / 1000),
            ])
        // No store of the mirror may have an audit table.
        _ = try? await record(entry)
    }
}
