// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Why a server does not start.
public enum ServerError: Error, Hashable, CustomStringConvertible {
    /// The host is not loopback, and nothing says who may come in.
    case openWithoutAccessRule(host: String)
    /// Another process listens there: stop it, or choose another port.
    case portInUse(host: String, port: Int)
    /// The address is none of this machine's, or the name of none.
    case badAddress(host: String, port: Int, reason: String)

    public var description: String {
        switch self {
        case .openWithoutAccessRule(let host):
            "The server will not listen on \(host) without `auth`: anybody who reaches it could read every conversation. "
                + "Configure `auth.tokens` or `auth.proxy`, or say `auth: none` if that is what you want."
        case .portInUse(let host, let port):
            "Port \(port) on \(host) is in use. Stop the other server, or choose another port with --port."
        case .badAddress(let host, let port, let reason):
            "The server cannot listen on \(host), port \(port): \(reason)"
        }
    }
}
