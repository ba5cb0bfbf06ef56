// Turnledger. SPDX-License-Identifier: Apache-2.0

#if Redis
    import TurnledgerRedis
#endif

/// A Redis as the configuration describes it: a URL, or the block `redis:`, and that block's settings.
///
/// The description never holds a password.
struct RedisSettings: Hashable, Sendable, CustomStringConvertible {
    /// Where it is and who logs in; `nil`: `url` says it.
    struct Address: Hashable, Sendable {
        var host: String
        var port: Int
        var user: String?
        var password: String?
        var database: Int
        var isSealed: Bool
        var verifies: Bool
        var authorities: String?
    }

    /// May hold the password.
    private(set) var url: String?
    private(set) var address: Address?
    var isPlain: Bool
    var prefix: String
    var checkpointPrefix: String
    var writePrefix: String
    var days: Int?
    var refreshesOnRead: Bool
    var connections: Int
    var connectDeadline: Duration
    var replyDeadline: Duration

    /// - Parameters:
    ///   - values: Where the block is.
    ///   - url: A URL; `nil`: the block says where the Redis is.
    init(_ values: ConfigurationValues, url: String? = nil) throws(ConfigurationError) {
        self.url = url
        switch try values.text("redis.layout") {
        case "json": isPlain = false
        case "plain": isPlain = true
        default: throw values.wrongType("redis.layout", "must be `json` or `plain`")
        }
        prefix = try values.text("redis.prefix") ?? ""
        checkpointPrefix = try values.text("redis.checkpoint_prefix") ?? ""
        writePrefix = try values.text("redis.checkpoint_write_prefix") ?? ""
        days = try values.text("redis.ttl_days") == nil ? nil : try values.integer("redis.ttl_days", in: 1...36_500)
        refreshesOnRead = try values.boolean("redis.refresh_on_read")
        connections = try values.integer("redis.connections", in: 1...1000)
        connectDeadline = try values.seconds("redis.connect_deadline", in: 1...3600)
        replyDeadline = try values.seconds("redis.reply_deadline", in: 1...3600)
        if url == nil {
            var user = try values.text("redis.user")
            if user == nil { user = try values.text("redis.username") }
            address = Address(
                host: try values.text("redis.host") ?? "", port: try values.integer("redis.port", in: 1...65_535),
                user: user, password: try values.text("redis.password"),
                database: try values.integer("redis.database", in: 0...1_000_000),
                isSealed: try values.boolean("redis.ssl"), verifies: try values.boolean("redis.ssl_verify"),
                authorities: try values.text("redis.ssl_ca"))
        }
        #if Redis
            do throws(StoreError) { _ = try configuration() } catch { throw ConfigurationError(error.detail) }
        #else
            throw ConfigurationError("This build has no Redis (package trait Redis).")
        #endif
    }

    var description: String {
        let place =
            if let address {
                "\(address.isSealed ? "rediss" : "redis")://\(address.host):\(address.port)/\(address.database)"
            } else {
                StoreLocation.withoutPassword(url ?? "")
            }
        return prefix == "turnledger" ? place : "\(place) (prefix \(prefix))"
    }

    /// Names the server and the prefix in a file name; what is no letter or digit becomes a dash.
    var fileName: String {
        let place = description.split(separator: "?")[0].drop { $0 != ":" }
        return "redis" + place.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "-" }.joined()
    }
}

#if Redis
    import TurnledgerEncryption
    import TurnledgerStore

    extension RedisSettings {
        func configuration() throws(StoreError) -> RedisConfiguration {
            var configuration: RedisConfiguration
            if let url {
                configuration = try RedisConfiguration(url: url)
            } else if let address {
                configuration = RedisConfiguration(address: RedisAddress(host: address.host, port: address.port))
                (configuration.user, configuration.password) = (address.user, address.password)
                configuration.database = address.database
                if address.isSealed {
                    configuration.tls = .init(verifies: address.verifies, authorities: address.authorities)
                }
            } else {
                throw StoreError(.invalid, "The Redis has no address.")
            }
            // What a URL says comes before the block.
            let standard = RedisConfiguration(address: configuration.address)
            if configuration.checkpointPrefix == standard.checkpointPrefix {
                configuration.checkpointPrefix = checkpointPrefix
            }
            if configuration.writePrefix == standard.writePrefix { configuration.writePrefix = writePrefix }
            configuration.connections = connections
            configuration.connectDeadline = connectDeadline
            configuration.replyDeadline = replyDeadline
            return configuration
        }

        func makeStore(observer: (any StoreObserver)? = nil) throws(StoreError) -> RedisStore {
            try RedisStore(
                configuration(),
                settings: RedisStoreSettings(
                    layout: isPlain ? .plain : .json, prefix: prefix, term: days.map { .seconds($0 * 86_400) },
                    refreshesOnRead: refreshesOnRead),
                cipher: AESEAXCipher.ofEnvironment, observer: observer)
        }
    }
#endif
