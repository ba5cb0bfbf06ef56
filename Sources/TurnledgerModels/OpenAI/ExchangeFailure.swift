// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOPosix
import TurnledgerAgent

/// Why one attempt at a model call failed, before it is decided whether there is another.
enum ExchangeFailure: Error {
    /// An HTTP status other than success; header names are in lower case.
    case refused(status: Int, UpstreamFailure, headers: [String: String], body: [UInt8])
    /// An error inside a stream that had begun with success.
    case reported(UpstreamFailure, requestID: String?)
    /// The connection could not be made, or broke.
    case connection(String, isTimeout: Bool)
    /// Nothing came for longer than allowed.
    case silent(Duration)
    /// The stream ended before the answer did.
    case unfinished
    /// The answer breaks the protocol or its limits.
    case malformed(String)

    /// Says what AsyncHTTPClient or NIO threw.
    init(_ error: any Error) {
        switch error {
        case let error as ExchangeFailure:
            self = error
        case let error as HTTPClientError:
            let timeouts: [HTTPClientError] = [
                .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout,
                .deadlineExceeded, .readTimeout, .writeTimeout,
            ]
            self = .connection(error.shortDescription, isTimeout: timeouts.contains(error))
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first.map { String(describing: $0.error) }
            let lookup = error.dnsAError ?? error.dnsAAAAError
            self = .connection(cause ?? lookup.map { "\($0)" } ?? "no address", isTimeout: false)
        case let error as ChannelError:
            if case .connectTimeout = error {
                self = .connection("connect timeout", isTimeout: true)
            } else {
                self = .connection(String(describing: error), isTimeout: false)
            }
        default:
            self = .connection(String(describing: error), isTimeout: false)
        }
    }

    /// What the retry policy is asked; `nil` where another attempt makes no sense.
    var retryQuestion: RetryPolicy.Failure? {
        switch self {
        case .refused(let status, let failure, let headers, _):
            return .answer(status: status, failure, headers: headers)
        case .reported(let failure, _):
            let status: Int
            if let number = failure.number, (400..<600).contains(number) {
                status = number
            } else {
                switch failure.modelErrorCode(status: 0) {
                case .unavailable, .timeout: status = 500
                case .rateLimited: status = 429
                case .unauthorized: status = 401
                default: status = 400
                }
            }
            return .answer(status: status, failure, headers: [:])
        case .connection, .unfinished:
            return .connection
        case .silent, .malformed:
            return nil
        }
    }

    /// The failure as callers see it.
    ///
    /// - `hasBegun`: Whether the caller has seen a part of the answer.
    /// - `origin`: Where the endpoint is.
    func modelError(hasBegun: Bool, origin: String, redactor: Redactor) -> ModelError {
        switch self {
        case .refused(let status, let failure, let headers, _):
            return ModelError(
                failure.modelErrorCode(status: status), failure.detail(status: status, redactor: redactor),
                requestID: Self.requestID(headers).map { redactor.clean($0) })
        case .reported(let failure, let requestID):
            let status = failure.number.flatMap { (400..<600).contains($0) ? $0 : nil }
            let code = failure.modelErrorCode(status: status ?? 0)
            return ModelError(
                hasBegun && code == .unavailable ? .interrupted : code,
                "In the stream: " + failure.detail(status: nil, redactor: redactor),
                requestID: requestID.map { redactor.clean($0) })
        case .connection(let text, let isTimeout):
            let said = redactor.clean(text)
            if hasBegun { return ModelError(.interrupted, "The connection to \(origin) broke: \(said)") }
            return ModelError(isTimeout ? .timeout : .unavailable, "The connection to \(origin) failed: \(said)")
        case .silent(let duration):
            return ModelError(.timeout, "\(origin) was silent for \(duration).")
        case .unfinished:
            return ModelError(.interrupted, "The answer of \(origin) ended without a finish reason.")
        case .malformed(let text):
            return ModelError(.malformed, redactor.clean(text))
        }
    }

    /// The provider's ID of a request: OpenAI's, or Azure's.
    static func requestID(_ headers: [String: String]) -> String? {
        headers["x-request-id"] ?? headers["apim-request-id"] ?? headers["x-ms-request-id"]
    }
}
