// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What all scripts begin with, and what several share.
enum CommonScripts {
    /// Arguments, the guard of a mirror, keys, terms; text compared byte by byte, which Lua's own `<` does not do in every locale.
    static let prelude = #"""
        local taken = 0
        local function take() taken = taken + 1 return ARGV[taken] end
        local function takeFlag() return take() == '1' end
        local function takeOptional()
            local given, text = takeFlag(), take()
            if given then return text end
            return nil
        end
        local prefix, term = take(), tonumber(take())
        -- A guard: which store of a mirror this is to be, and what the script marks for the other one.
        local standing = take()
        if standing ~= '' then
            if redis.call('HGET', prefix .. ':mirror', 'standing') ~= standing then
                return redis.error_reply('TLROLE the stores of the mirror have changed places.')
            end
            local token, time = take(), take()
            for _ = 1, tonumber(take()) do
                local subject = take()
                redis.call('HSET', prefix .. ':marks', subject, token)
                redis.call('ZADD', prefix .. ':marks:since', 'NX', time, subject)
            end
        end
        local function key(kind, name) return prefix .. ':' .. kind .. ':' .. name end
        local function keep(name) if term > 0 then redis.call('EXPIRE', name, term) end end
        local threadKinds = {
            'thread', 'runs', 'open', 'keys', 'heads', 'checkpoints', 'orphans', 'foreign', 'rows', 'blobs', 'places', 'writes'
        }
        local function keepThread(thread)
            if term > 0 then for _, kind in ipairs(threadKinds) do redis.call('EXPIRE', key(kind, thread), term) end end
        end
        local function keepRun(run)
            keep(key('run', run))
            keep(key('events', run))
        end
        local function refuse(code, text) return redis.error_reply('TL' .. code .. ' ' .. text) end
        local function greater(left, right)
            local shared = math.min(#left, #right)
            for index = 1, shared do
                local a, b = string.byte(left, index), string.byte(right, index)
                if a ~= b then return a > b end
            end
            return #left > #right
        end
        local function member(id, namespace) return id .. '\0' .. namespace end
        """#

    /// Whether the holder of a lease may write. `head` gives the newest checkpoint of a namespace.
    static let fence = #"""
        local function takeFence()
            local fence = { isGiven = takeFlag(), epoch = take(), expects = takeFlag() }
            fence.expected = takeOptional()
            fence.namespace = take()
            fence.writing = takeOptional()
            return fence
        end
        local function check(fence, thread, head)
            if not fence.isGiven then return nil end
            local lease = redis.call('HMGET', key('thread', thread), 'lease_run', 'lease_epoch')
            if not lease[1] or lease[2] ~= fence.epoch then
                return refuse('CONFLICT', 'epoch ' .. fence.epoch .. ' does not hold the lease.')
            end
            if fence.expects then
                local newest = head(fence.namespace)
                if newest ~= fence.expected and not (newest and newest == fence.writing) then
                    return refuse('CONFLICT', 'the head has moved.')
                end
            end
            return nil
        end
        """#

    /// The newest checkpoint of a namespace where no other program writes. `exists` says whether one is there still.
    static let index = #"""
        local function note(thread, id, namespace)
            redis.call('ZADD', key('checkpoints', thread), 0, member(id, namespace))
            redis.call('ZADD', prefix .. ':index', 0, id .. '\0' .. thread .. '\0' .. namespace)
        end
        local function forget(thread, id, namespace)
            redis.call('ZREM', key('checkpoints', thread), member(id, namespace))
            redis.call('ZREM', prefix .. ':index', id .. '\0' .. thread .. '\0' .. namespace)
        end
        local function raise(thread, id, namespace)
            local newest = redis.call('HGET', key('heads', thread), namespace)
            if newest and not greater(id, newest) then return false end
            redis.call('HSET', key('heads', thread), namespace, id)
            return true
        end
        local function split(text)
            local place = string.find(text, '\0', 1, true)
            return string.sub(text, 1, place - 1), string.sub(text, place + 1)
        end
        local function newestBefore(thread, bound, namespace)
            local max = '(' .. bound
            while true do
                local found = redis.call('ZREVRANGEBYLEX', key('checkpoints', thread), max, '-', 'LIMIT', 0, 100)
                if #found == 0 then return nil end
                for _, one in ipairs(found) do
                    local id, own = split(one)
                    if own == namespace then return id end
                end
                max = '(' .. found[#found]
            end
        end
        -- Some entries of the index are looked at now and then: what has expired leaves it.
        local function tidy(exists)
            if term == 0 then return end
            for _, one in ipairs(redis.call('ZRANDMEMBER', prefix .. ':index', 4)) do
                local id, rest = split(one)
                local thread, namespace = split(rest)
                if not exists(thread, id, namespace) then redis.call('ZREM', prefix .. ':index', one) end
            end
        end
        """#
}
