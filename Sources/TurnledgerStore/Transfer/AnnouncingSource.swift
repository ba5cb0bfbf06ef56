// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A source that tells at once what is written.
public protocol AnnouncingSource: TransferSource {
    /// Begins to listen; `nil`: the source is not set to tell, and has to be looked through again and again.
    func announcements() async throws(StoreError) -> (any TransferAnnouncements)?
}

/// What a source tells, as it comes.
public protocol TransferAnnouncements: Sendable {
    /// What was written since the last call; waits for it as long as `deadline`, and gives nothing then.
    ///
    /// - Throws: `.unavailable` where something may have been missed: the source has to be looked through once.
    func next(within deadline: Duration) async throws(StoreError) -> TransferFindings

    /// Ends the listening.
    func close() async
}
