// Turnledger. SPDX-License-Identifier: Apache-2.0

/// How a server listens, whom it lets in, and how much it takes.
public struct ServerSettings: Sendable {
    /// A name or address of this machine. Anything but loopback needs `access`.
    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// The bounds of requests and streams.
    public var chat: ChatSettings
    /// Who may come in.
    public var access: AccessRule
    /// Which browser pages may call.
    public var cors: CORSSettings
    /// How long open streams may go on after a graceful stop has begun.
    public var stopDeadline: Duration
    /// How many connections are served at once: whoever comes beyond is told to try again. `nil`: as many as come, which must
    /// be fewer than the process may have descriptors.
    public var maximumConnections: Int?

    public init(
        host: String = "127.0.0.1", port: Int = 8000, chat: ChatSettings = ChatSettings(), access: AccessRule = .unset,
        cors: CORSSettings = CORSSettings(), stopDeadline: Duration = .seconds(10),
        maximumConnections: Int? = nil
    ) {
        self.host = host
        self.port = port
        self.chat = chat
        self.access = access
        self.cors = cors
        self.stopDeadline = stopDeadline
        self.maximumConnections = maximumConnections
    }

    /// The settings with a bound of connections.
    public func serving(_ maximumConnections: Int) -> ServerSettings {
        var settings = self
        settings.maximumConnections = maximumConnections
        return settings
    }

    /// Refuses to serve more than loopback to everybody.
    ///
    /// - Throws: `ServerError.openWithoutAccessRule` where `access` is unset and the host is not loopback.
    public func validate() throws(ServerError) {
        if case .unset = access, !Self.isLoopback(host) { throw .openWithoutAccessRule(host: host) }
    }

    /// Whether a host can be reached from this machine only.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]"
            || (host.hasPrefix("127.") && host.split(separator: ".").count == 4)
    }
}

/// How chat requests are taken and streams are written.
public struct ChatSettings: Sendable {
    /// The most bytes of a request body; more is refused with 413.
    public var maximumBodySize: Int
    /// The most bytes of one file in a message, where its data is in its URL; more is refused with 413.
    public var maximumFileSize: Int
    /// After how much silence a stream gets a comment.
    public var keepAlive: Duration
    /// What a client that goes away means.
    public var onDisconnect: DisconnectPolicy
    /// Which clients streams and histories are made for, where neither route nor request says.
    public var profile: ClientProfile

    public init(
        maximumBodySize: Int = 16 << 20, maximumFileSize: Int = 10 << 20, keepAlive: Duration = .seconds(15),
        onDisconnect: DisconnectPolicy = .goOn,
        profile: ClientProfile = .conservative
    ) {
        self.maximumBodySize = maximumBodySize
        self.maximumFileSize = maximumFileSize
        self.keepAlive = keepAlive
        self.onDisconnect = onDisconnect
        self.profile = profile
    }
}

/// What happens to a run when the client that began it goes away.
public enum DisconnectPolicy: String, Sendable, CaseIterable {
    /// It goes on: the client may come back.
    case goOn = "continue"
    /// It is stopped: the client's own stop button does nothing else.
    case cancel
}

/// Which browser pages may call the server from another origin.
public struct CORSSettings: Sendable {
    /// Exact origins, such as `https://chat.example.org`; `*` is any. Empty: none.
    public var origins: [String]
    /// Whether browsers may send cookies and `Authorization` along.
    public var allowsCredentials: Bool

    public init(origins: [String] = [], allowsCredentials: Bool = false) {
        self.origins = origins
        self.allowsCredentials = allowsCredentials
    }
}
