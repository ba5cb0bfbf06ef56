// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import NIOCore
internal import NIOSSL
public import TurnledgerStore

/// Where a Redis is, and how to talk to it.
public struct RedisConfiguration: Sendable {
    /// What is asked of the server's certificate.
    public struct TLS: Hashable, Sendable {
        /// `false`: any certificate will do; the connection is sealed, whoever answers.
        public var verifies = true
        /// Whether the certificate must be for the host's name.
        public var verifiesName = true
        /// Certificates of authorities (PEM); `nil`: the system's.
        public var authorities: String?

        public init(verifies: Bool = true, verifiesName: Bool = true, authorities: String? = nil) {
            self.verifies = verifies
            self.verifiesName = verifiesName
            self.authorities = authorities
        }
    }

    public var address: RedisAddress
    /// The user of an ACL; `nil`: the default one.
    public var user: String?
    public var password: String?
    /// The number of the database; 0 is the first.
    public var database = 0
    public var tls: TLS?
    /// 3 asks for the newer protocol, and takes the older one where the server has no other.
    public var protocolVersion = 3
    /// Where to ask for the primary's address; empty: `address` is the primary.
    public var sentinels: [RedisAddress] = []
    /// What the sentinels call the primary.
    public var primaryName = "mymaster"
    /// Whether the address is one node of a cluster. Only a transfer reads from one.
    public var isCluster = false
    /// How many connections carry the commands.
    public var connections = 4
    public var connectDeadline: Duration = .seconds(10)
    /// How long an answer may take before the connection is given up.
    public var replyDeadline: Duration = .seconds(30)
    /// What the keys of checkpoints begin with (`checkpoint_prefix`).
    public var checkpointPrefix = "checkpoint"
    /// What the keys of pending writes begin with (`checkpoint_write_prefix`).
    public var writePrefix = "checkpoint_write"

    public init(address: RedisAddress) { self.address = address }

    /// Reads `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?…]`; `rediss://` asks for TLS, `redis+sentinel://` and
    /// `rediss+sentinel://` name sentinels, parted by commas, and in the path the primary and the database;
    /// `redis+cluster://` and `rediss+cluster://` one node of a cluster, from which a transfer can read.
    ///
    /// Parameters, the first three as redis-py has them: `ssl_cert_reqs` (`none`, `required`), `ssl_check_hostname`
    /// (`true`, `false`), `ssl_ca_certs` (a file), `protocol` (2, 3), `checkpoint_prefix`, `checkpoint_write_prefix`.
    ///
    /// - Throws: `.invalid` for what is no such address. The error never repeats the password.
    public init(url: String) throws(StoreError) {
        guard let mark = url.range(of: "://"), let scheme = Scheme(rawValue: String(url[..<mark.lowerBound])) else {
            throw StoreError(.invalid, "A Redis is named redis://HOST:PORT/DATABASE or rediss://….")
        }
        var rest = url[mark.upperBound...]
        var parameters: [(String, String)] = []
        if let question = rest.firstIndex(of: "?") {
            for part in rest[rest.index(after: question)...].split(separator: "&") {
                let pair = part.split(separator: "=", maxSplits: 1)
                parameters.append((String(pair[0]), Self.unescaped(pair.count > 1 ? pair[1] : "")))
            }
            rest = rest[..<question]
        }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: at)...]
            if login.count == 2 {
                user = login[0].isEmpty ? nil : Self.unescaped(login[0])
                password = Self.unescaped(login[1])
            } else {
                throw StoreError(.invalid, "The Redis address names a user without a password: write USER:PASSWORD@.")
            }
        }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let standardPort = scheme.isSentinel ? 26379 : 6379
        var addresses: [RedisAddress] = []
        for text in (parts.first ?? "").split(separator: ",") {
            addresses.append(try RedisAddress(text: String(text), standardPort: standardPort))
        }
        guard let first = addresses.first, scheme.isSentinel || addresses.count == 1 else {
            throw StoreError(.invalid, "The Redis address names \(addresses.isEmpty ? "no host" : "several hosts").")
        }
        self.init(address: first)
        self.user = user
        self.password = password
        var path = parts.dropFirst().filter { !$0.isEmpty }
        if scheme.isSentinel {
            sentinels = addresses
            if !path.isEmpty { primaryName = path.removeFirst() }
        }
        if let number = path.first {
            guard path.count == 1, let database = Int(number), database >= 0 else {
                throw StoreError(.invalid, "The Redis database must be a number, such as redis://HOST/0.")
            }
            self.database = database
        }
        if scheme.isSealed { tls = TLS() }
        isCluster = scheme.isCluster
        guard !isCluster || database == 0 else {
            throw StoreError(.invalid, "A Redis cluster has one database: leave the number away.")
        }
        for (name, value) in parameters { try set(name, value) }
    }

    private enum Scheme: String {
        case redis, rediss
        case sentinel = "redis+sentinel"
        case sealedSentinel = "rediss+sentinel"
        case cluster = "redis+cluster"
        case sealedCluster = "rediss+cluster"

        var isSealed: Bool { [.rediss, .sealedSentinel, .sealedCluster].contains(self) }
        var isCluster: Bool { self == .cluster || self == .sealedCluster }
        var isSentinel: Bool { self == .sentinel || self == .sealedSentinel }
    }

    private mutating func set(_ name: String, _ value: String) throws(StoreError) {
        switch (name, value) {
        case ("ssl_cert_reqs", "none"): tls?.verifies = false
        case ("ssl_cert_reqs", "required"): tls?.verifies = true
        case ("ssl_check_hostname", "true"), ("ssl_check_hostname", "false"): tls?.verifiesName = value == "true"
        case ("ssl_ca_certs", _): tls?.authorities = value
        case ("protocol", "2"), ("protocol", "3"): protocolVersion = value == "2" ? 2 : 3
        case ("checkpoint_prefix", _) where !value.isEmpty: checkpointPrefix = value
        case ("checkpoint_write_prefix", _) where !value.isEmpty: writePrefix = value
        default:
            throw StoreError(
                .invalid,
                "The Redis address has '\(name)', which is not known or has a value that is not. Known are: ssl_cert_reqs "
                    + "(none, required), ssl_check_hostname (true, false), ssl_ca_certs, protocol (2, 3), "
                    + "checkpoint_prefix, checkpoint_write_prefix.")
        }
    }

    private static func unescaped(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }
}

/// A host and a port.
public struct RedisAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int = 6379) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    init(text: String, standardPort: Int) throws(StoreError) {
        var host = text[...]
        var port: Int? = standardPort
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = Int(rest.dropFirst()) }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = Int(text[text.index(after: colon)...])
        }
        guard let port, (1...65535).contains(port), !host.isEmpty else {
            throw StoreError(.invalid, "The Redis address has no host, or a port that is no number from 1 to 65535.")
        }
        self.init(host: String(host), port: port)
    }
}

extension RedisConfiguration.TLS {
    func nioConfiguration() throws -> TLSConfiguration {
        var result = TLSConfiguration.makeClientConfiguration()
        result.certificateVerification =
            !verifies ? .none : verifiesName ? .fullVerification : .noHostnameVerification
        if let authorities { result.trustRoots = .file(authorities) }
        return result
    }
}
