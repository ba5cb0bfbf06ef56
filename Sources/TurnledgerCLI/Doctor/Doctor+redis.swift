// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

#if Redis
    import TurnledgerRedis

    extension Doctor {
        /// What a Redis that answers says of itself.
        func condition(of store: RedisStore) async -> [Finding] {
            do throws(StoreError) {
                return Self.judge(try await store.condition())
            } catch {
                return [
                    .warning(
                        .server, "How the server is set cannot be told: \(error.detail)",
                        cure: "Let the user ask: ACL SETUSER … +info.")
                ]
            }
        }

        static func judge(_ redis: RedisCondition) -> [Finding] {
            if redis.isReplica {
                return [
                    .failed(
                        .server, "It is a replica, and takes no writes.", cure: "Name the primary, or its Sentinels.")
                ]
            }
            var findings: [Finding] = []
            if let limit = redis.memoryLimit {
                if redis.evictionPolicy != "noeviction" {
                    findings.append(
                        .warning(
                            .server,
                            "It removes keys when \(limit / 1_000_000) MB are full (\(redis.evictionPolicy)): conversations, too.",
                            cure: "CONFIG SET maxmemory-policy noeviction, and let `redis.ttl_days` remove what is old."
                        ))
                }
                if redis.usedMemory > limit / 10 * 9 {
                    findings.append(
                        .warning(
                            .server, "\(redis.usedMemory / 1_000_000) of \(limit / 1_000_000) MB are in use.",
                            cure: "Raise maxmemory, or set `redis.ttl_days`; a full server refuses turns."))
                }
            }
            if !redis.hasAppendOnlyFile {
                findings.append(
                    .warning(
                        .server, "It keeps no append-only file: a turn may be lost with the process.",
                        cure: "CONFIG SET appendonly yes, and appendfsync always or everysec."))
            }
            return findings.isEmpty
                ? [
                    .ok(
                        .server, "Version \(redis.version); it removes nothing by itself and keeps an append-only file."
                    )
                ]
                : findings
        }
    }
#endif
