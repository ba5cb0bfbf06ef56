// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import TurnledgerAgent
import TurnledgerStore

extension RequestError {
    /// How an error's body looks.
    enum Form {
        /// The sentence alone: chat clients show the body as it is.
        case sentence
        /// `{"error":{"code":…,"message":…}}`.
        case json
    }

    func response(as form: Form) -> Response {
        var response: Response
        switch form {
        case .sentence:
            response = Response(
                status: .init(code: status), headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: message)))
        case .json:
            let body: JSONValue = ["error": ["code": .string(code), "message": .string(message)]]
            response = .json(body, status: .init(code: status))
        }
        if status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }

    /// Runs a handler and answers for the errors that it throws; causes go to the log, without message text.
    static func catching(
        as form: Form, logger: Logger, _ handler: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await handler()
        } catch let error as CancellationError {
            throw error
        } catch {
            let answer = RequestError(any: error)
            if answer.status >= 500 {
                logger.error("A request failed", metadata: ["cause": "\(cause(of: error))"])
            }
            return answer.response(as: form)
        }
    }

    private static func cause(of error: any Error) -> String {
        switch error {
        case let error as AgentError: error.detail.isEmpty ? error.message : error.detail
        case let error as StoreError: error.debugDescription
        default: String(reflecting: type(of: error))
        }
    }
}

extension Response {
    /// A JSON document.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.serialized())))
    }
}
