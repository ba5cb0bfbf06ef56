// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Runs' logs: `events:RUN` is a hash from number to payload.
enum EventScripts {
    static let append = RedisScript(
        "redis_append_events",
        #"""
        local attempts, last, isKnown = {}, {}, {}
        for _ = 1, tonumber(take()) do
            local run, attempt, number, payload = take(), take(), take(), take()
            if not isKnown[run] then
                isKnown[run] = true
                local row = redis.call('HMGET', key('run', run), 'attempt', 'last', 'status', 'updated')
                attempts[run] = row[1]
                last[run] = tonumber(row[2] or '-1')
                -- Its log was forgotten perhaps, and is to be again.
                if row[1] and row[3] ~= 'pending' and row[3] ~= 'running' then
                    redis.call('ZADD', prefix .. ':ended', row[4], run)
                end
            end
            if attempts[run] and attempts[run] == attempt then
                redis.call('HSETNX', key('events', run), number, payload)
                if tonumber(number) > last[run] then
                    last[run] = tonumber(number)
                    redis.call('HSET', key('run', run), 'last', number)
                end
            end
        end
        for run in pairs(isKnown) do keepRun(run) end
        return 1
        """#)

    static let events = RedisScript(
        "redis_events",
        #"""
        local run, number, limit = take(), tonumber(take()), tonumber(take())
        local row = redis.call('HMGET', key('run', run), 'attempt', 'last')
        local result = { row[1] or '0' }
        local last = tonumber(row[2] or '-1')
        while number <= last and #result < limit * 2 do
            local payload = redis.call('HGET', key('events', run), string.format('%.0f', number))
            if payload then
                result[#result + 1] = string.format('%.0f', number)
                result[#result + 1] = payload
            end
            number = number + 1
        end
        return result
        """#)

    static let prune = RedisScript(
        "redis_prune_logs",
        #"""
        local time, limit, count = take(), tonumber(take()), 0
        while count < limit do
            local found = redis.call('ZRANGEBYSCORE', prefix .. ':ended', '-inf', '(' .. time, 'LIMIT', 0, limit)
            for _, run in ipairs(found) do
                if count == limit then break end
                count = count + redis.call('DEL', key('events', run))
                redis.call('HDEL', key('run', run), 'last')
                redis.call('ZREM', prefix .. ':ended', run)
            end
            if #found < limit then break end
        end
        return count
        """#)
}
