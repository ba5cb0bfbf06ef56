// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Checkpoints in the layout `plain`: a constant number of keys for each thread, hashes and sorted sets alone.
///
/// `rows` holds three fields for each checkpoint, its place (ID, NUL, namespace) with `NUL d` (the document), `NUL m` (the
/// metadata), `NUL p` (the parent) and `NUL b` (which blobs it is made of, as JSON) behind; `blobs` a field for each
/// namespace, channel and version; `writes` one for each place, task and index, and `places` the same in order.
enum PlainScripts {
    private static let library = #"""
        local function exists(thread, id, namespace)
            return redis.call('HEXISTS', key('rows', thread), member(id, namespace) .. '\0d') == 1
        end
        local function adopt() end
        local function head(thread, namespace) return redis.call('HGET', key('heads', thread), namespace) or nil end
        local function writesOf(thread, place)
            local low = place .. '\0'
            local fields = redis.call('ZRANGEBYLEX', key('places', thread), '[' .. low, '(' .. place .. '\1')
            local result = {}
            for _, field in ipairs(fields) do
                result[#result + 1] = string.sub(field, #low + 1)
                result[#result + 1] = redis.call('HGET', key('writes', thread), field) or ''
            end
            return result
        end
        local function row(thread, id, namespace, isWhole)
            local place, rows = member(id, namespace), key('rows', thread)
            local parts = redis.call('HMGET', rows, place .. '\0d', place .. '\0m', place .. '\0p', place .. '\0b')
            if not parts[1] then return false end
            local result = { thread, namespace, id, parts[3] or '', parts[1], parts[2] or '{}', {}, {} }
            if isWhole then
                for _, field in ipairs(cjson.decode(parts[4] or '[]')) do
                    local blob = redis.call('HGET', key('blobs', thread), field)
                    if blob then
                        result[7][#result[7] + 1] = field
                        result[7][#result[7] + 1] = blob
                    end
                end
                result[8] = writesOf(thread, place)
            end
            return result
        end
        """#

    static let commit = RedisScript(
        "redis_commit", CommonScripts.fence, CommonScripts.index, library,
        #"""
        local thread = take()
        local fence = takeFence()
        local refusal = check(fence, thread, function(namespace) return head(thread, namespace) end)
        if refusal then return refusal end
        local writes, places = key('writes', thread), key('places', thread)
        for _ = 1, tonumber(take()) do
            local namespace, id, replaces = take(), take(), takeFlag()
            for _ = 1, tonumber(take()) do
                local field = member(id, namespace) .. '\0' .. take()
                local path, rest = take(), take()
                local existing = redis.call('HGET', writes, field)
                if not existing then
                    redis.call('HSET', writes, field, path .. '\0' .. rest)
                    redis.call('ZADD', places, 0, field)
                elseif replaces then
                    local first = split(existing)
                    redis.call('HSET', writes, field, first .. '\0' .. rest)
                end
            end
        end
        local rows, blobs = key('rows', thread), key('blobs', thread)
        for _ = 1, tonumber(take()) do
            local namespace, id, parent = take(), take(), take()
            local place = member(id, namespace)
            redis.call('HSET', rows, place .. '\0d', take(), place .. '\0m', take(), place .. '\0b', take())
            redis.call('HSETNX', rows, place .. '\0p', parent)
            for _ = 1, tonumber(take()) do redis.call('HSETNX', blobs, take(), take()) end
            note(thread, id, namespace)
            raise(thread, id, namespace)
        end
        keepThread(thread)
        tidy(exists)
        return 1
        """#)

    static let read = RedisScript(
        "redis_read", CommonScripts.index, library,
        #"""
        local thread, namespace, id, refreshes = take(), take(), takeOptional(), takeFlag()
        id = id or head(thread, namespace)
        if not id then return false end
        if refreshes then keepThread(thread) end
        return row(thread, id, namespace, true)
        """#)

    static let rows = RedisScript(
        "redis_rows", CommonScripts.index, library,
        #"""
        local isWhole, result = takeFlag(), {}
        for _ = 1, tonumber(take()) do
            local thread, namespace, id = take(), take(), take()
            result[#result + 1] = row(thread, id, namespace, isWhole)
            if not result[#result] then forget(thread, id, namespace) end
        end
        return result
        """#)

    static let page = RedisScript("redis_page", CommonScripts.index, library, ListingScripts.page)
    static let present = RedisScript("redis_present", CommonScripts.index, library, ListingScripts.present)

    static let delete = RedisScript(
        "redis_delete", CommonScripts.index, library,
        #"""
        local thread = take()
        for _, place in ipairs(redis.call('ZRANGE', key('checkpoints', thread), 0, -1)) do
            local id, namespace = split(place)
            redis.call('ZREM', prefix .. ':index', id .. '\0' .. thread .. '\0' .. namespace)
        end
        """#, RunScripts.removal,
        #"""
        removeThread(thread)
        return 0
        """#)
}
