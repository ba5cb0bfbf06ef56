// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Threads' records and runs on their way from one store to another.
enum MovingScripts {
    /// Gives each run's ID and fields.
    static let runs = RedisScript(
        "redis_thread_runs",
        #"""
        local result = {}
        for _, run in ipairs(redis.call('SMEMBERS', key('runs', take()))) do
            local row = redis.call('HGETALL', key('run', run))
            if #row > 0 then
                result[#result + 1] = run
                result[#result + 1] = row
            end
        end
        return result
        """#)

    /// Writes nothing where it refuses.
    static let take = RedisScript(
        "redis_take_thread", RunScripts.records,
        #"""
        local thread, owner, title, labels, status = take(), take(), takeOptional(), take(), take()
        local created, updated, epoch, runs = take(), take(), take(), {}
        for index = 1, tonumber(take()) do
            runs[index] = {
                id = take(), status = take(), attempt = take(), input = take(), key = takeOptional(),
                failure = takeOptional(), stop = takeOptional(), created = take(), updated = take() }
        end
        local name = key('thread', thread)
        local record = redis.call('HMGET', name, 'owner', 'lease_run', 'updated')
        if record[1] and record[1] ~= owner then return refuse('MISSING', 'the thread belongs to another owner.') end
        if record[2] then return refuse('CONFLICT', 'run ' .. record[2] .. ' holds the lease.') end
        for _, run in ipairs(runs) do
            local place = redis.call('HGET', key('run', run.id), 'thread')
            if place and place ~= thread then return refuse('CONFLICT', 'the run exists in another thread.') end
        end
        if not record[1] then redis.call('HSET', name, 'owner', owner, 'created', created, 'epoch', epoch) end
        if not record[3] or tonumber(updated) >= tonumber(record[3]) then
            redis.call('HSET', name, 'labels', labels, 'status', status)
            if title then redis.call('HSET', name, 'title', title) end
            touch(thread, updated)
        end
        for _, run in ipairs(runs) do
            local place = key('run', run.id)
            local known = redis.call('HGET', place, 'status')
            local other = run.key and redis.call('HGET', key('keys', thread), run.key)
            local isNew = not known and (not other or other == run.id)
            if isNew then
                redis.call(
                    'HSET', place, 'thread', thread, 'input', run.input, 'created', run.created)
                if run.key then
                    redis.call('HSET', place, 'key', run.key)
                    redis.call('HSET', key('keys', thread), run.key, run.id)
                end
                if run.stop then redis.call('HSET', place, 'stop', run.stop) end
                redis.call('SADD', key('runs', thread), run.id)
            end
            if isNew or (known and not isFinished(known)) then
                redis.call('HSET', place, 'status', run.status, 'attempt', run.attempt, 'updated', run.updated)
                if run.failure then redis.call('HSET', place, 'failure', run.failure) end
                if isFinished(run.status) then
                    redis.call('SREM', key('open', thread), run.id)
                    redis.call('ZREM', prefix .. ':unfinished', run.id)
                    redis.call('SREM', prefix .. ':stops', run.id)
                    redis.call('ZADD', prefix .. ':ended', run.updated, run.id)
                else
                    redis.call('SADD', key('open', thread), run.id)
                    redis.call('ZADD', prefix .. ':unfinished', run.created, run.id)
                end
                keepRun(run.id)
            end
        end
        keepThread(thread)
        return 1
        """#)
}
