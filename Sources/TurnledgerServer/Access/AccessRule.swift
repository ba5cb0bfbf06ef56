// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Who may come in, and whose the conversations are.
public enum AccessRule: Sendable {
    /// Nothing was said: everybody may come in, on loopback only.
    case unset
    /// Everybody may come in, and all share one owner.
    case none
    /// Static bearer tokens and, where there is one, a proxy that has made sure who asks. Either is enough.
    case required(tokens: [BearerToken], proxy: TrustedProxy?)
}

/// A secret that stands for an owner: `Authorization: Bearer …`.
public struct BearerToken: Sendable, CustomStringConvertible, CustomReflectable {
    let secret: [UInt8]
    /// Whose the conversations are that this token opens.
    public let owner: String
    /// Put on every thread that the owner begins.
    public let labels: [String: String]

    public init(_ secret: String, owner: String, labels: [String: String] = [:]) {
        self.secret = Array(secret.utf8)
        self.owner = owner
        self.labels = labels
    }

    /// Whether nothing was given as the secret.
    public var isEmpty: Bool { secret.isEmpty }

    /// The owner, never the secret.
    public var description: String { "token of \(owner)" }
    public var customMirror: Mirror { Mirror(self, children: ["owner": owner]) }

    /// Compares in a time that depends on the length of `text` alone.
    func matches(_ text: Substring) -> Bool {
        let given = Array(text.utf8)
        guard !secret.isEmpty else { return false }
        var difference = UInt8(given.count == secret.count ? 0 : 1)
        for (index, byte) in given.enumerated() { difference |= byte ^ secret[index % secret.count] }
        return difference == 0
    }
}

/// A proxy in front of the server that has made sure who asks, and says so in headers.
public struct TrustedProxy: Sendable {
    /// The header with the owner.
    public var ownerHeader: String
    /// Label names to header names.
    public var labelHeaders: [String: String]
    /// The proxy's own IP addresses; headers from anywhere else are not believed.
    public var addresses: Set<String>

    public init(
        ownerHeader: String, labelHeaders: [String: String] = [:], addresses: Set<String> = ["127.0.0.1", "::1"]
    ) {
        self.ownerHeader = ownerHeader
        self.labelHeaders = labelHeaders
        self.addresses = addresses
    }
}

/// Who asks: the owner of the threads that a request may see and begin.
public struct Caller: Hashable, Sendable {
    /// Compared with the owner of a thread: another's is not found.
    public var owner: String
    /// Put on the threads that the caller begins; the caller cannot change them.
    public var labels: [String: String]

    public init(owner: String, labels: [String: String] = [:]) {
        self.owner = owner
        self.labels = labels
    }

    /// Whoever asks where nobody needs to say who they are.
    public static let everybody = Caller(owner: "local")
}
