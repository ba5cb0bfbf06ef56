// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TurnledgerStore

/// A server that a command speaks to instead of opening a store: `--server`, with the token of `TURNLEDGER_TOKEN`.
final class RemoteServer: Sendable {
    /// Without a slash at the end.
    let base: String
    let http: HTTPClient
    private let token: String?

    /// The most bytes of an answer that are read: a page of threads, a conversation.
    private static let answerLimit = 256 << 20
    /// The most bytes of an error's body that are read.
    private static let errorLimit = 64 << 10

    init(_ server: String, token: String? = ProcessInfo.processInfo.environment["TURNLEDGER_TOKEN"]) throws {
        base = server.hasSuffix("/") ? String(server.dropLast()) : server
        guard let parsed = URL(string: base), parsed.scheme == "http" || parsed.scheme == "https", parsed.host() != nil
        else { throw CommandFailure(description: "--server must be a URL such as http://127.0.0.1:8000.") }
        self.token = token
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(10), read: nil))
        // A server that is not there is said at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { http.shutdown { _ in } }

    /// Sends a request and waits for the head of its answer.
    /// - Throws: `CommandFailure` where the server cannot be reached, or with its own words where it refuses.
    func send(_ method: HTTPMethod, _ path: String, body: JSONValue? = nil) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body.serialized())
        }
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: .distantFuture)
        } catch {
            throw CommandFailure(description: "The server at \(base) cannot be reached.")
        }
        guard (200..<300).contains(response.status.code) else {
            let bytes = (try? await response.body.collect(upTo: Self.errorLimit)).map { Array($0.readableBytesView) }
            throw CommandFailure(description: Self.reason(in: bytes ?? []) ?? "The server answered \(response.status).")
        }
        return response
    }

    /// Sends a request whose answer is JSON; `.null` where it has no body.
    func json(_ method: HTTPMethod, _ path: String) async throws -> JSONValue {
        let response = try await send(method, path)
        let buffer = try await response.body.collect(upTo: Self.answerLimit)
        guard buffer.readableBytes > 0 else { return .null }
        guard let json = try? JSONValue.parse(Array(buffer.readableBytesView)) else {
            throw CommandFailure(description: "The server at \(base) answered with something that is no JSON.")
        }
        return json
    }

    /// The sentence of an error: the body, or what stands in `error.message`.
    private static func reason(in bytes: [UInt8]) -> String? {
        if let message = (try? JSONValue.parse(bytes))?["error"]?["message"]?.string { return message }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}

extension String {
    /// As one part of a URL's path, or a value of its query.
    var urlEncoded: String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? self
    }
}
