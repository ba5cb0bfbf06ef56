// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One server to try, by address.
struct ConnectionCandidate: Equatable {
    /// A name, for the check of certificates; a folder of sockets where it begins with a slash.
    var host: String?
    /// A numeric address, so that libpq never waits for a name service.
    var address: String?
    var port: String?
    /// As libpq's `target_session_attrs`.
    var sessionAttributes: String

    /// What goes over the common parameters for this server.
    var parameters: [String: String] {
        var parameters = ["target_session_attrs": sessionAttributes]
        parameters["host"] = host
        parameters["hostaddr"] = address
        parameters["port"] = port
        return parameters
    }
}

/// The servers that a configuration names, in its order.
///
/// The lists of `host`, `hostaddr` and `port` go together as libpq's manual says: as many ports as hosts, or one port
/// for all.
struct ConnectionTargets {
    struct Target: Equatable {
        var host: String?
        var address: String?
        var port: String?

        /// The name that has to be looked up.
        var nameToResolve: String? {
            guard address == nil, let host, !host.isEmpty, !host.hasPrefix("/"), !host.hasPrefix("@") else {
                return nil
            }
            return host
        }
    }

    let targets: [Target]
    /// The session attributes of each pass over the targets. `prefer-standby` is two: a standby first, else any server.
    let passes: [String]

    init(parameters: [String: String]) throws(PostgresError) {
        let hosts = Self.list(parameters["host"])
        let addresses = Self.list(parameters["hostaddr"])
        let ports = Self.list(parameters["port"])
        let count = max(hosts.count, addresses.count, 1)
        guard hosts.isEmpty || addresses.isEmpty || hosts.count == addresses.count else {
            throw PostgresError(.misuse, "`host` names \(hosts.count) servers and `hostaddr` \(addresses.count).")
        }
        guard ports.count <= 1 || ports.count == count else {
            throw PostgresError(.misuse, "`port` has \(ports.count) entries for \(count) servers.")
        }
        targets = (0..<count).map { index in
            Target(
                host: hosts.isEmpty ? nil : hosts[index], address: addresses.isEmpty ? nil : addresses[index],
                port: ports.count > 1 ? ports[index] : ports.first
            )
        }
        let attributes = parameters["target_session_attrs"] ?? "any"
        passes = attributes == "prefer-standby" ? ["standby", "any"] : [attributes]
    }

    /// - Parameter resolved: The addresses of the targets that are names, by their place. One that is missing could not
    ///   be resolved and is left out.
    func candidates(resolved: [Int: [String]]) -> [ConnectionCandidate] {
        passes.flatMap { attributes in
            targets.indices.flatMap { index in
                let target = targets[index]
                let addresses = target.nameToResolve == nil ? [target.address] : (resolved[index] ?? []).map { $0 }
                return addresses.map {
                    ConnectionCandidate(
                        host: target.host, address: $0, port: target.port, sessionAttributes: attributes)
                }
            }
        }
    }

    private static func list(_ value: String?) -> [String] {
        guard let value, !value.isEmpty else { return [] }
        return value.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " })
        }
    }
}
