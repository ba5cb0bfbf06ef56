// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import Hummingbird
public import NIOCore

/// Finds out who asks.
struct Authenticator: Sendable {
    let rule: AccessRule

    /// - `peer`: The IP address at the other end of the connection, where it is known.
    /// - Throws: `RequestError` with 401, or 400 for an owner that cannot be one.
    func caller(of headers: HTTPFields, peer: String?) throws(RequestError) -> Caller {
        guard case .required(let tokens, let proxy) = rule else { return .everybody }
        if let token = bearerToken(in: headers) {
            // All are compared, so that the time tells nothing about which came near.
            var found: BearerToken?
            for known in tokens where known.matches(token) { found = known }
            if let found { return Caller(owner: found.owner, labels: found.labels) }
            throw .unauthorized("The token is not known.")
        }
        guard let proxy, let peer, proxy.addresses.contains(peer) else {
            throw .unauthorized("Say who you are with an `Authorization: Bearer` header.")
        }
        guard let owner = headers.value(of: proxy.ownerHeader), !owner.isEmpty else {
            throw .unauthorized("The proxy did not say who asks.")
        }
        guard owner.utf8.count <= 512, !owner.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            throw .invalid("The owner has more than 512 bytes or contains control characters.")
        }
        return Caller(owner: owner, labels: proxy.labelHeaders.compactMapValues { headers.value(of: $0) })
    }

    private func bearerToken(in headers: HTTPFields) -> Substring? {
        guard let value = headers[.authorization], let space = value.firstIndex(of: " "),
            value[..<space].lowercased() == "bearer"
        else { return nil }
        let token = value[space...].drop { $0 == " " }
        return token.isEmpty ? nil : token
    }
}

extension HTTPFields {
    /// The value of a header whose name is known as text alone, such as from the configuration.
    func value(of name: String) -> String? {
        HTTPField.Name(name).flatMap { self[$0] }
    }
}

/// A request with the address it came from.
public struct ServerRequestContext: RemoteAddressRequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The peer of the connection: the proxy's, where there is one.
    public let remoteAddress: SocketAddress?
    /// Where the connection's bytes are read and written.
    let eventLoop: any EventLoop

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
        eventLoop = source.channel.eventLoop
    }
}
