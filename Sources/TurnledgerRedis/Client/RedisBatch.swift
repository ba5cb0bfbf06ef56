// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Commands that were sent at once, and their answers as they come. Lives on its connection's event loop.
final class RedisBatch {
    private let count: Int
    private var answers: [RESPValue] = []
    private let promise: EventLoopPromise<[RESPValue]>
    private var isDone = false

    init(count: Int, promise: EventLoopPromise<[RESPValue]>) {
        self.count = count
        self.promise = promise
        answers.reserveCapacity(count)
    }

    /// Whether this was the last one.
    func take(_ answer: RESPValue) -> Bool {
        answers.append(answer)
        guard answers.count == count else { return false }
        isDone = true
        promise.succeed(answers)
        return true
    }

    func fail(_ error: any Error) {
        guard !isDone else { return }
        isDone = true
        promise.fail(error)
    }
}

/// Gives each answer to the batch that waits longest.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = RESPValue

    /// Takes messages of channels; `nil`: they are passed over.
    private let hear: (@Sendable ([RESPValue]) -> Void)?
    private var waiting = CircularBuffer<RedisBatch>()
    private var failure: (any Error)?

    init(hear: (@Sendable ([RESPValue]) -> Void)? = nil) { self.hear = hear }

    /// Takes a batch whose bytes are written next.
    func expect(_ batch: RedisBatch) {
        if let failure { return batch.fail(failure) }
        waiting.append(batch)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let value = unwrapInboundIn(data)
        // What nobody asked for.
        if case .push(let parts) = value {
            hear?(parts)
            return
        }
        // Version 2 of the protocol has nothing of its own for messages.
        if let hear, case .array(let parts) = value,
            ["message", "subscribe", "pmessage", "psubscribe"].contains(parts.first?.string)
        {
            hear(parts)
            return
        }
        guard let first = waiting.first else {
            errorCaught(context: context, error: RESPError("an answer to nothing"))
            return
        }
        if first.take(value) { waiting.removeFirst() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        failAll(RedisConnectionClosed())
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failAll(error)
        context.close(promise: nil)
    }

    private func failAll(_ error: any Error) {
        if failure == nil { failure = error }
        let batches = waiting
        waiting.removeAll()
        for batch in batches { batch.fail(error) }
    }
}

/// The connection ended before an answer came.
struct RedisConnectionClosed: Error, CustomStringConvertible {
    var description: String { "The connection was closed." }
}
