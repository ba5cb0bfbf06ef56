// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store's place in a mirrored pair.
///
/// `mirror` is a hash (`standing`, `beat`); `marks` another, from what was changed to the last write's token; `marks:since`
/// the same in order, by the time since when the other store lacks it.
enum MirrorScripts {
    static let record = RedisScript(
        "redis_mirror_record", "return redis.call('HMGET', prefix .. ':mirror', 'standing', 'beat')")

    static let replace = RedisScript(
        "redis_mirror_replace",
        #"""
        local isOld, oldStanding, oldBeat = takeFlag(), take(), take()
        local isNew, newStanding, newBeat = takeFlag(), take(), take()
        local there = redis.call('HMGET', prefix .. ':mirror', 'standing', 'beat')
        if isOld then
            if there[1] ~= oldStanding or there[2] ~= oldBeat then return 0 end
        elseif there[1] then
            return 0
        end
        if isNew then
            redis.call('HSET', prefix .. ':mirror', 'standing', newStanding, 'beat', newBeat)
        else
            redis.call('DEL', prefix .. ':mirror')
        end
        return 1
        """#)

    static let mark = RedisScript(
        "redis_mirror_mark",
        #"""
        local token, time = take(), take()
        for _ = 1, tonumber(take()) do
            local subject = take()
            redis.call('HSET', prefix .. ':marks', subject, token)
            redis.call('ZADD', prefix .. ':marks:since', 'NX', time, subject)
        end
        return 1
        """#)

    static let backlog = RedisScript(
        "redis_mirror_backlog",
        #"""
        local limit = tonumber(take())
        local result = { redis.call('ZCARD', prefix .. ':marks:since') }
        if limit == 0 then return result end
        local found = redis.call('ZRANGE', prefix .. ':marks:since', 0, limit - 1, 'WITHSCORES')
        for index = 1, #found, 2 do
            result[#result + 1] = found[index]
            result[#result + 1] = found[index + 1]
            result[#result + 1] = redis.call('HGET', prefix .. ':marks', found[index]) or '0'
        end
        return result
        """#)

    static let settle = RedisScript(
        "redis_mirror_settle",
        #"""
        local time = take()
        for _ = 1, tonumber(take()) do
            local subject, token = take(), take()
            local there = redis.call('HGET', prefix .. ':marks', subject)
            if there == token then
                redis.call('HDEL', prefix .. ':marks', subject)
                redis.call('ZREM', prefix .. ':marks:since', subject)
            elseif there then
                redis.call('ZADD', prefix .. ':marks:since', time, subject)
            end
        end
        return 1
        """#)

    static let image = RedisScript(
        "redis_mirror_image", RunScripts.records,
        #"""
        local thread = take()
        local row = threadRow(thread)
        if not row then return {} end
        local result = { row }
        for _, run in ipairs(redis.call('SMEMBERS', key('runs', thread))) do
            local fields = runRow(run)
            if #fields > 0 then
                result[#result + 1] = run
                result[#result + 1] = fields
            end
        end
        return result
        """#)

    static let apply = RedisScript(
        "redis_mirror_apply", RunScripts.records,
        #"""
        local thread, onlyIfAbsent = take(), takeFlag()
        local name = key('thread', thread)
        if onlyIfAbsent and redis.call('EXISTS', name) == 1 then return 0 end
        local owner = redis.call('HGET', name, 'owner')
        if owner then redis.call('ZREM', key('owner', owner), thread) end
        redis.call('DEL', name)
        for _ = 1, tonumber(take()) do redis.call('HSET', name, take(), take()) end
        local updated = redis.call('HGET', name, 'updated')
        touch(thread, updated)
        local gone = {}
        for _, run in ipairs(redis.call('SMEMBERS', key('runs', thread))) do gone[run] = true end
        redis.call('DEL', key('runs', thread), key('open', thread), key('keys', thread))
        for _ = 1, tonumber(take()) do
            local run, attempt, status = take(), take(), take()
            local row = key('run', run)
            gone[run] = nil
            local last = nil
            if redis.call('HGET', row, 'attempt') == attempt then
                last = redis.call('HGET', row, 'last')
            else
                redis.call('DEL', key('events', run))
            end
            redis.call('DEL', row)
            redis.call('HSET', row, 'thread', thread, 'attempt', attempt, 'status', status)
            for _ = 1, tonumber(take()) do redis.call('HSET', row, take(), take()) end
            if last then redis.call('HSET', row, 'last', last) end
            local once = redis.call('HGET', row, 'key')
            if once then redis.call('HSET', key('keys', thread), once, run) end
            redis.call('SADD', key('runs', thread), run)
            local isStopped = status == 'running' and redis.call('HEXISTS', row, 'stop') == 1
            redis.call(isStopped and 'SADD' or 'SREM', prefix .. ':stops', run)
            if isFinished(status) then
                redis.call('ZREM', prefix .. ':unfinished', run)
                redis.call('ZADD', prefix .. ':ended', redis.call('HGET', row, 'updated'), run)
            else
                redis.call('SADD', key('open', thread), run)
                redis.call('ZADD', prefix .. ':unfinished', redis.call('HGET', row, 'created'), run)
                redis.call('ZREM', prefix .. ':ended', run)
            end
            keepRun(run)
        end
        for run in pairs(gone) do
            redis.call('DEL', key('run', run), key('events', run))
            redis.call('ZREM', prefix .. ':unfinished', run)
            redis.call('ZREM', prefix .. ':ended', run)
            redis.call('SREM', prefix .. ':stops', run)
        end
        keepThread(thread)
        return 1
        """#)
}
