// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Threads' records, runs, leases: the same in both layouts.
///
/// `thread:ID` is a hash (`owner`, `title`, `labels` as JSON, `status`, `created`, `updated`, `epoch`, and of a lease
/// `lease_run`, `lease_holder`, `lease_epoch`, `lease_beat`, `lease_duration`); `run:ID` another (`thread`, `status`,
/// `attempt`, `input`, `key`, `failure`, `stop`, `created`, `updated`, `last`: the greatest number of its events). Times are
/// microseconds, and the caller's.
enum RunScripts {
    /// Removes what there is of a thread but its checkpoints' documents.
    static let removal = #"""
        local function removeThread(thread)
            for _, run in ipairs(redis.call('SMEMBERS', key('runs', thread))) do
                redis.call('DEL', key('run', run), key('events', run))
                redis.call('ZREM', prefix .. ':unfinished', run)
                redis.call('ZREM', prefix .. ':ended', run)
                redis.call('SREM', prefix .. ':stops', run)
            end
            local owner = redis.call('HGET', key('thread', thread), 'owner')
            if owner then redis.call('ZREM', key('owner', owner), thread) end
            redis.call('ZREM', prefix .. ':threads', thread)
            for _, kind in ipairs(threadKinds) do redis.call('DEL', key(kind, thread)) end
        end
        """#

    /// Rows of threads and runs, and leases.
    static let records = #"""
        local function threadRow(thread)
            local row = redis.call('HGETALL', key('thread', thread))
            if #row == 0 then return false end
            row[#row + 1] = 'head'
            row[#row + 1] = redis.call('HGET', key('heads', thread), '') or ''
            return row
        end
        local function touch(thread, time)
            redis.call('HSET', key('thread', thread), 'updated', time)
            redis.call('ZADD', prefix .. ':threads', time, thread)
            redis.call('ZADD', key('owner', redis.call('HGET', key('thread', thread), 'owner')), time, thread)
        end
        local function isFinished(status) return status ~= 'pending' and status ~= 'running' end
        local function lease(thread, run, holder, duration)
            local name = key('thread', thread)
            local epoch = redis.call('HINCRBY', name, 'epoch', 1)
            epoch = redis.call('HGET', name, 'epoch')
            redis.call(
                'HSET', name, 'lease_run', run, 'lease_holder', holder, 'lease_epoch', epoch, 'lease_beat', '0',
                'lease_duration', duration, 'status', 'busy')
        end
        local function runRow(run)
            local row = redis.call('HGETALL', key('run', run))
            if #row > 0 then
                row[#row + 1] = 'id'
                row[#row + 1] = run
            end
            return row
        end
        """#

    static let create = RedisScript(
        "redis_create_run", records,
        #"""
        local thread, run, owner, labels, title = take(), take(), take(), take(), takeOptional()
        local once, input, waits = takeOptional(), take(), takeFlag()
        local holder, duration, time, epoch = take(), take(), take(), take()
        local name = key('thread', thread)
        local record = redis.call('HMGET', name, 'owner', 'lease_run', 'title')
        if record[1] and record[1] ~= owner then return refuse('MISSING', 'the thread belongs to another owner.') end
        local existing = once and redis.call('HGET', key('keys', thread), once) or run
        local place = redis.call('HGET', key('run', existing), 'thread')
        if place then
            if place ~= thread then return refuse('CONFLICT', 'the run exists in another thread.') end
            return { '0', runRow(existing), threadRow(thread) }
        end
        local isBusy = record[2] or redis.call('SCARD', key('open', thread)) > 0
        if isBusy and not waits then return refuse('CONFLICT', 'it has an unfinished run.') end
        if not record[1] then
            redis.call(
                'HSET', name, 'owner', owner, 'labels', labels, 'status', 'idle', 'created', time, 'epoch', epoch)
        end
        -- Runs begin in the order of these times, whatever the clocks of their servers say.
        local created = time
        for _, ahead in ipairs(isBusy and redis.call('SMEMBERS', key('open', thread)) or {}) do
            local other = tonumber(redis.call('HGET', key('run', ahead), 'created') or 0)
            if other >= tonumber(created) then created = string.format('%.0f', other + 1) end
        end
        redis.call(
            'HSET', key('run', run), 'thread', thread, 'status', isBusy and 'pending' or 'running', 'attempt',
            isBusy and '0' or '1', 'input', input, 'created', created, 'updated', created)
        if once then
            redis.call('HSET', key('run', run), 'key', once)
            redis.call('HSET', key('keys', thread), once, run)
        end
        if not isBusy then
            if title and not record[3] then redis.call('HSET', name, 'title', title) end
            lease(thread, run, holder, duration)
        end
        redis.call('SADD', key('runs', thread), run)
        redis.call('SADD', key('open', thread), run)
        redis.call('ZADD', prefix .. ':unfinished', created, run)
        touch(thread, time)
        keepThread(thread)
        keepRun(run)
        return { isBusy and '0' or '1', runRow(run), threadRow(thread) }
        """#)

    static let run = RedisScript(
        "redis_run", records,
        #"""
        local run, thread, once = takeOptional(), take(), takeOptional()
        if once then run = redis.call('HGET', key('keys', thread), once) end
        if not run then return {} end
        return { run, runRow(run) }
        """#)

    static let unfinished = RedisScript(
        "redis_unfinished_runs", records,
        #"""
        local only, found, result = takeOptional(), nil, {}
        if only then
            found = redis.call('SMEMBERS', key('open', only))
        else
            found = redis.call('ZRANGE', prefix .. ':unfinished', 0, -1)
        end
        for _, run in ipairs(found) do
            local row = runRow(run)
            if #row == 0 then
                redis.call('ZREM', prefix .. ':unfinished', run)
            else
                local thread = redis.call('HGET', key('run', run), 'thread')
                result[#result + 1] = run
                result[#result + 1] = row
                result[#result + 1] = threadRow(thread)
            end
        end
        return result
        """#)

    static let finish = RedisScript(
        "redis_finish_run", CommonScripts.fence, records,
        #"""
        local run, status, threadStatus, failure, time = take(), take(), take(), takeOptional(), take()
        local fence = takeFence()
        local name = key('run', run)
        local row = redis.call('HMGET', name, 'thread', 'status')
        if not row[1] then return refuse('MISSING', 'the run does not exist.') end
        if isFinished(row[2]) then return 0 end
        local thread = row[1]
        if redis.call('HGET', key('thread', thread), 'lease_run') ~= run then
            return refuse('CONFLICT', 'the run does not hold the lease.')
        end
        local refusal = check(fence, thread, function(namespace)
            return redis.call('HGET', key('heads', thread), namespace) or nil
        end)
        if refusal then return refusal end
        redis.call('HSET', name, 'status', status, 'updated', time)
        if failure then redis.call('HSET', name, 'failure', failure) end
        redis.call(
            'HDEL', key('thread', thread), 'lease_run', 'lease_holder', 'lease_epoch', 'lease_beat', 'lease_duration')
        redis.call('HSET', key('thread', thread), 'status', threadStatus)
        redis.call('SREM', key('open', thread), run)
        redis.call('ZREM', prefix .. ':unfinished', run)
        redis.call('SREM', prefix .. ':stops', run)
        redis.call('ZADD', prefix .. ':ended', time, run)
        touch(thread, time)
        keepThread(thread)
        keepRun(run)
        return 1
        """#)

    static let requestStop = RedisScript(
        "redis_request_stop", records,
        #"""
        local run, time = take(), take()
        local name = key('run', run)
        local row = redis.call('HMGET', name, 'thread', 'status')
        if not row[1] then return refuse('MISSING', 'the run does not exist.') end
        if not isFinished(row[2]) then
            redis.call('HSETNX', name, 'stop', time)
            if row[2] == 'pending' then
                redis.call('HSET', name, 'status', 'cancelled', 'updated', time)
                redis.call('SREM', key('open', row[1]), run)
                redis.call('ZREM', prefix .. ':unfinished', run)
                redis.call('ZADD', prefix .. ':ended', time, run)
            else
                redis.call('SADD', prefix .. ':stops', run)
            end
        end
        return { run, runRow(run) }
        """#)

    /// Those of runs that have expired leave the set.
    static let stopRequests = RedisScript(
        "redis_stop_requests",
        #"""
        local result = {}
        for _, run in ipairs(redis.call('SMEMBERS', prefix .. ':stops')) do
            local status = redis.call('HGET', key('run', run), 'status')
            if status == 'running' then
                result[#result + 1] = run
            else
                redis.call('SREM', prefix .. ':stops', run)
            end
        end
        return result
        """#)

    /// Gives the beats of those that are still held.
    static let renew = RedisScript(
        "redis_renew", records,
        #"""
        local result = {}
        for index = 1, tonumber(take()) do
            local thread, run, holder, epoch = take(), take(), take(), take()
            local name = key('thread', thread)
            local row = redis.call('HMGET', name, 'lease_run', 'lease_holder', 'lease_epoch', 'owner')
            if not row[4] then
                result[index] = 'missing'
            elseif row[1] == run and row[2] == holder and row[3] == epoch then
                redis.call('HINCRBY', name, 'lease_beat', 1)
                result[index] = redis.call('HGET', name, 'lease_beat')
                keepThread(thread)
                keepRun(run)
            else
                result[index] = 'conflict'
            end
        end
        return result
        """#)

    static let takeOver = RedisScript(
        "redis_take_over", records,
        #"""
        local run, holder, duration, time = take(), take(), take(), take()
        local isObserved, seenRun, seenHolder, seenEpoch, seenBeat = takeFlag(), take(), take(), take(), take()
        local row = redis.call('HMGET', key('run', run), 'thread', 'status')
        if not row[1] or redis.call('EXISTS', key('thread', row[1])) == 0 then
            return refuse('MISSING', 'the run does not exist.')
        end
        if isFinished(row[2]) then return refuse('CONFLICT', 'the run has ended.') end
        local thread = row[1]
        local held = redis.call(
            'HMGET', key('thread', thread), 'lease_run', 'lease_holder', 'lease_epoch', 'lease_beat')
        local isUnchanged = not held[1] and not isObserved
        if held[1] and isObserved then
            isUnchanged = held[1] == run and seenRun == run and held[2] == seenHolder and held[3] == seenEpoch
                and held[4] == seenBeat
        end
        if not isUnchanged then return refuse('CONFLICT', 'the lease has moved on.') end
        lease(thread, run, holder, duration)
        redis.call('HINCRBY', key('run', run), 'attempt', 1)
        redis.call('HSET', key('run', run), 'status', 'running', 'updated', time)
        redis.call('HDEL', key('run', run), 'last')
        redis.call('DEL', key('events', run))
        if redis.call('HEXISTS', key('run', run), 'stop') == 1 then redis.call('SADD', prefix .. ':stops', run) end
        keepThread(thread)
        keepRun(run)
        return { run, runRow(run), threadRow(thread) }
        """#)

    static let thread = RedisScript("redis_thread", records, "return threadRow(take())")

    /// Gives a page's rows and, before each, its ID; those whose record has expired leave the order.
    static let threads = RedisScript(
        "redis_threads", records,
        #"""
        local owner, time, behind, size = takeOptional(), takeOptional(), take(), tonumber(take())
        local order = owner and key('owner', owner) or (prefix .. ':threads')
        local result, offset = {}, 0
        while #result < size * 2 do
            local found = redis.call(
                'ZREVRANGEBYSCORE', order, time or '+inf', '-inf', 'WITHSCORES', 'LIMIT', offset, size)
            for index = 1, #found, 2 do
                local thread = found[index]
                local isBehind = not time or tonumber(found[index + 1]) < tonumber(time) or greater(behind, thread)
                if isBehind and #result < size * 2 then
                    local row = threadRow(thread)
                    if row then
                        result[#result + 1] = thread
                        result[#result + 1] = row
                    else
                        redis.call('ZREM', order, thread)
                        offset = offset - 1
                    end
                end
            end
            if #found < size * 2 then break end
            offset = offset + size
        end
        return result
        """#)

    static let update = RedisScript(
        "redis_update_thread", records,
        #"""
        local thread, title, labels, status, time = take(), takeOptional(), takeOptional(), takeOptional(), take()
        local name = key('thread', thread)
        if redis.call('EXISTS', name) == 0 then return refuse('MISSING', 'it does not exist.') end
        if title then redis.call('HSET', name, 'title', title) end
        if labels then redis.call('HSET', name, 'labels', labels) end
        if status then redis.call('HSET', name, 'status', status) end
        if title or labels then touch(thread, time) end
        keepThread(thread)
        return threadRow(thread)
        """#)
}
