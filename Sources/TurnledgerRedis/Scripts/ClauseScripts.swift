// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Regulations: `documents` and `clauses` are hashes by document, `removals` tells when one went, `clause_version` how
/// often something changed. None of them expires.
enum ClauseScripts {
    static let replace = RedisScript(
        "redis_replace_clauses",
        #"""
        local time, gone = tonumber(take()), {}
        for _ = 1, tonumber(take()) do
            local id = take()
            if redis.call('HEXISTS', prefix .. ':documents', id) == 1 then gone[#gone + 1] = id end
        end
        local count = tonumber(take())
        local version = tonumber(redis.call('GET', prefix .. ':clause_version') or '0')
        if count == 0 and #gone == 0 then return string.format('%.0f', version) end
        local text = string.format('%.0f', math.max(version + 1, time))
        redis.call('SET', prefix .. ':clause_version', text)
        for _, id in ipairs(gone) do
            redis.call('HDEL', prefix .. ':documents', id)
            redis.call('HDEL', prefix .. ':clauses', id)
            redis.call('HSET', prefix .. ':removals', id, text)
        end
        for _ = 1, count do
            local id = take()
            redis.call('HSET', prefix .. ':documents', id, text .. ' ' .. take())
            redis.call('HSET', prefix .. ':clauses', id, take())
            redis.call('HDEL', prefix .. ':removals', id)
        end
        return text
        """#)

    /// The version, all documents and all removals at one moment.
    static let state = RedisScript(
        "redis_clauses",
        #"""
        return {
            redis.call('GET', prefix .. ':clause_version') or '0', redis.call('HGETALL', prefix .. ':documents'),
            redis.call('HGETALL', prefix .. ':removals')
        }
        """#)
}
