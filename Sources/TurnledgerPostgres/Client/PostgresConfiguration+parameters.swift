// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq

extension PostgresConfiguration {
    /// Reads a URL, `postgresql://user:password@host:port/database?keyword=value`, or a list of keywords and values, as
    /// libpq reads them. Nothing that the text leaves out is filled in.
    ///
    /// - Throws: `.misuse` where libpq cannot read it; the message never repeats the text, which may hold a password.
    package static func parameters(of conninfo: String) throws(PostgresError) -> [String: String] {
        var text: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(conninfo, &text)
        PQfreemem(text)
        guard let options else {
            throw PostgresError(
                .misuse,
                "The connection string cannot be read. Write postgresql://user@host:5432/database, with characters of a name or password other than letters and digits as %XX, or keyword=value pairs."
            )
        }
        defer { PQconninfoFree(options) }
        return read(options)
    }

    /// What libpq takes from the environment (`PGHOST`, `PGUSER`, …) and from its own defaults.
    static var defaults: [String: String] {
        guard let options = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(options) }
        return read(options)
    }

    /// The parameters of every connection, without those that say which server.
    func commonParameters(password: String?) -> [String: String] {
        var common = [
            "application_name": "turnledger", "keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10",
            "keepalives_count": "3", "tcp_user_timeout": "30000", "gssencmode": "disable",
        ]
        common.merge(parameters) { $1 }
        common["client_encoding"] = "UTF8"
        if let password { common["password"] = password }
        for keyword in ["host", "hostaddr", "port", "target_session_attrs", "connect_timeout"] { common[keyword] = nil }
        return common
    }

    /// What says which servers: of the configuration, else of libpq's environment.
    var targetParameters: [String: String] {
        let namesServer = parameters["host"] != nil || parameters["hostaddr"] != nil
        let defaults = Self.defaults.filter { keyword, _ in
            switch keyword {
            case "host", "hostaddr": !namesServer
            case "port", "target_session_attrs": true
            default: false
            }
        }
        return defaults.merging(parameters) { $1 }
    }

    private static func read(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }
}
