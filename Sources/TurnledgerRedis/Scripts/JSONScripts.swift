// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Checkpoints in the layout `json`: the documents of langgraph-checkpoint-redis 0.5.2, with Turnledger's own index beside.
///
/// Python's savers know nothing of that index. Whoever touches a thread looks at Python's pointer to the latest checkpoint:
/// where it names one that the index lacks, the index takes it in with its ancestors.
enum JSONScripts {
    private static let library = #"""
        local documents, writePrefix = take(), take()
        local function safe(namespace)
            if namespace == '' then return '__empty__' end
            return namespace
        end
        local function documentKey(thread, id, namespace)
            return documents .. ':' .. thread .. ':' .. safe(namespace) .. ':' .. id
        end
        local function pointerKey(thread, namespace)
            return documents .. '_latest:' .. thread .. ':' .. safe(namespace)
        end
        local function registryKey(thread, id, namespace)
            return 'write_keys_zset:' .. thread .. ':' .. safe(namespace) .. ':' .. id
        end
        local function text(value)
            if type(value) == 'table' and type(value[1]) == 'string' then return value[1] end
            return nil
        end
        -- Whose a document is; nil where there is none, or a trace of writes that came before it.
        local function identity(name)
            local found = redis.call(
                'JSON.GET', name, '$.thread_id', '$.checkpoint_ns', '$.checkpoint.id', '$.parent_checkpoint_id')
            if not found then return nil end
            local parts = cjson.decode(found)
            local id = text(parts['$.checkpoint.id'])
            if not id then return nil end
            local namespace = text(parts['$.checkpoint_ns']) or ''
            if namespace == '__empty__' then namespace = '' end
            local parent = text(parts['$.parent_checkpoint_id']) or ''
            if parent == '00000000-0000-0000-0000-000000000000' or parent == 'None' then parent = '' end
            return { thread = text(parts['$.thread_id']), namespace = namespace, id = id, parent = parent }
        end
        local function exists(thread, id, namespace)
            return redis.call('EXISTS', documentKey(thread, id, namespace)) == 1
        end
        -- Takes in what others wrote since.
        local function adopt(thread, namespace)
            local newest = redis.call('HGET', key('heads', thread), namespace) or nil
            local name = redis.call('GET', pointerKey(thread, namespace))
            if not name or (newest and name == documentKey(thread, newest, namespace)) then return end
            local found = identity(name)
            local isForeign = false
            while found and found.thread == thread and found.namespace == namespace do
                if redis.call('ZSCORE', key('checkpoints', thread), member(found.id, namespace)) then break end
                isForeign = true
                note(thread, found.id, namespace)
                raise(thread, found.id, namespace)
                if found.parent == '' then break end
                found = identity(documentKey(thread, found.parent, namespace))
            end
            if isForeign then
                redis.call('SET', key('foreign', thread), '1')
                keepThread(thread)
            end
        end
        local function head(thread, namespace)
            adopt(thread, namespace)
            local id = redis.call('HGET', key('heads', thread), namespace) or nil
            while id and not exists(thread, id, namespace) do
                forget(thread, id, namespace)
                id = newestBefore(thread, member(id, namespace), namespace)
                if id then
                    redis.call('HSET', key('heads', thread), namespace, id)
                else
                    redis.call('HDEL', key('heads', thread), namespace)
                end
            end
            return id
        end
        local function refresh(thread, id, namespace)
            local registry = registryKey(thread, id, namespace)
            keep(documentKey(thread, id, namespace))
            keep(registry)
            keep(pointerKey(thread, namespace))
            if term > 0 then for _, name in ipairs(redis.call('ZRANGE', registry, 0, -1)) do keep(name) end end
        end
        """#

    /// Finds the members of an object in its text, so that values are moved as they are written: Lua's numbers would
    /// lose digits, and its tables the difference between an empty list and an empty object.
    private static let scanner = #"""
        local function endOfString(json, place)
            while true do
                place = string.find(json, '["\\]', place + 1)
                if string.byte(json, place) == 34 then return place end
                place = place + 1
            end
        end
        local function endOfValue(json, place)
            local first = string.sub(json, place, place)
            if first == '"' then return endOfString(json, place) end
            if first ~= '{' and first ~= '[' then
                local stop = string.find(json, '[,%]}%s]', place)
                return (stop or #json + 1) - 1
            end
            local depth = 0
            while true do
                local byte = string.byte(json, place)
                if byte == 34 then
                    place = endOfString(json, place)
                elseif byte == 123 or byte == 91 then
                    depth = depth + 1
                else
                    depth = depth - 1
                    if depth == 0 then return place end
                end
                place = string.find(json, '["{}%[%]]', place + 1)
            end
        end
        -- The members of the object that begins at a place: each name with its value's text.
        local function members(json, place)
            local result = {}
            place = string.find(json, '[^%s]', place + 1)
            while place and string.byte(json, place) == 34 do
                local stop = endOfString(json, place)
                local name = cjson.decode('[' .. string.sub(json, place, stop) .. ']')[1]
                local colon = string.find(json, ':', stop + 1, true)
                local first = string.find(json, '[^%s]', colon + 1)
                local last = endOfValue(json, first)
                result[name] = string.sub(json, first, last)
                place = string.find(json, '[^%s]', last + 1)
                if place and string.byte(json, place) == 44 then place = string.find(json, '[^%s]', place + 1) end
            end
            return result
        end
        -- What a path of a document holds: the members of its first match.
        local function stored(name, path)
            local found = redis.call('JSON.GET', name, path)
            if not found or string.sub(found, 1, 2) ~= '[{' then return {} end
            return members(found, 2)
        end
        """#

    private static var guarded: String {
        [CommonScripts.fence, CommonScripts.index, library, scanner].joined(separator: "\n")
    }

    /// Reads all arguments and refuses what is to be refused before it writes anything.
    static let commit = RedisScript(
        "redis_commit", isOfDocuments: true, guarded,
        #"""
        local thread = take()
        local fence = takeFence()
        local tasks, checkpoints = {}, {}
        for _ = 1, tonumber(take()) do
            local task = { namespace = take() }
            task.id = take()
            task.name = take()
            task.replaces = takeFlag()
            for _ = 1, tonumber(take()) do
                local write = { index = take() }
                write.whole = take()
                write.channel = take()
                write.type = take()
                write.blob = take()
                task[#task + 1] = write
            end
            tasks[#tasks + 1] = task
        end
        for _ = 1, tonumber(take()) do
            local new = { namespace = take() }
            new.id = take()
            new.parent = take()
            new.head = take()
            new.body = take()
            new.own = take()
            for _ = 1, tonumber(take()) do
                local value = { kind = take() }
                value.channel = take()
                value.name = take()
                value.version = take()
                value.json = take()
                value.exact = take()
                new[#new + 1] = value
            end
            new.key = documentKey(thread, new.id, new.namespace)
            checkpoints[#checkpoints + 1] = new
        end
        local refusal = check(fence, thread, function(namespace) return head(thread, namespace) end)
        if refusal then return refusal end
        for _, new in ipairs(checkpoints) do
            local previous = identity(new.key)
            if previous and (previous.thread ~= thread or previous.namespace ~= new.namespace) then
                return refuse('INVALID', 'the key ' .. new.key .. ' is that of another thread or namespace.')
            end
        end
        local function source(name)
            return { name = name, versions = stored(name, '$.checkpoint.channel_versions') }
        end
        -- A channel's text under a path of a source; '' where there is none. A name that needs no escape is asked for alone:
        -- to go through the text of a long conversation takes Lua longer than all else.
        local function textOf(from, path, channel)
            if string.find(channel, '^[%w_:.-]+$') then
                local found = redis.call('JSON.GET', from.name, path .. '["' .. channel .. '"]')
                if not found or found == '[]' then return '' end
                return string.sub(found, 2, -2)
            end
            from[path] = from[path] or stored(from.name, path)
            return from[path][channel] or ''
        end
        -- The document's text. What is stored under a version stays as it is; what did not change is the parent's.
        local function document(new)
            local previous, parent, own, base = identity(new.key), new.parent, nil, nil
            if previous then
                parent = previous.parent
                own = source(new.key)
            end
            local shown, exact = {}, {}
            for _, value in ipairs(new) do
                local channel, from, json, bytes = value.channel, nil, value.json, value.exact
                if own and value.kind ~= 'inline' and own.versions[channel] == value.version then
                    local before = textOf(own, '$.checkpoint.channel_values', channel)
                    if before ~= '' then from, json = own, before end
                end
                if not from and value.kind == 'kept' and parent ~= '' then
                    base = base or source(documentKey(thread, parent, new.namespace))
                    if base.versions[channel] == value.version then
                        from, json = base, textOf(base, '$.checkpoint.channel_values', channel)
                    end
                end
                if from then bytes = textOf(from, '$.turnledger.values', channel) end
                if json ~= '' then
                    shown[#shown + 1] = value.name .. ':' .. json
                    if bytes ~= '' then exact[#exact + 1] = value.name .. ':' .. bytes end
                end
            end
            local extras = new.own
            if #exact > 0 then
                extras = extras .. (extras ~= '' and ',' or '') .. '"values":{' .. table.concat(exact, ',') .. '}'
            end
            local time = redis.call('TIME')
            local hasWrites = redis.call('EXISTS', registryKey(thread, new.id, new.namespace)) == 1
            return table.concat({
                new.head, cjson.encode(parent), ',"checkpoint_ts":', time[1],
                string.format('%03d', math.floor(tonumber(time[2]) / 1000)), '.0,"has_writes":', tostring(hasWrites), ',',
                new.body, '"channel_values":{', table.concat(shown, ','), '}}',
                extras ~= '' and (',"turnledger":{' .. extras .. '}') or '', '}'
            })
        end
        for _, task in ipairs(tasks) do
            local registry = registryKey(thread, task.id, task.namespace)
            local name = documentKey(thread, task.id, task.namespace)
            local stem = table.concat({ writePrefix, thread, safe(task.namespace), task.id, task.name }, ':')
            for position, write in ipairs(task) do
                local place = stem .. ':' .. write.index
                if redis.call('EXISTS', place) == 0 then
                    redis.call('JSON.SET', place, '$', write.whole)
                elseif task.replaces then
                    redis.call('JSON.SET', place, '$.channel', write.channel)
                    redis.call('JSON.SET', place, '$.type', write.type)
                    redis.call('JSON.SET', place, '$.blob', write.blob)
                end
                redis.call('ZADD', registry, 'NX', position - 1, place)
            end
            if #task > 0 then
                if redis.call('EXISTS', name) == 1 then redis.call('JSON.SET', name, '$.has_writes', 'true') end
                if not redis.call('ZSCORE', key('checkpoints', thread), member(task.id, task.namespace)) then
                    redis.call('SADD', key('orphans', thread), member(task.id, task.namespace))
                end
            end
        end
        for _, new in ipairs(checkpoints) do
            redis.call('JSON.SET', new.key, '$', document(new))
            note(thread, new.id, new.namespace)
            redis.call('SREM', key('orphans', thread), member(new.id, new.namespace))
            raise(thread, new.id, new.namespace)
            if redis.call('HGET', key('heads', thread), new.namespace) == new.id then
                redis.call('SET', pointerKey(thread, new.namespace), new.key)
            end
        end
        if term > 0 then
            for _, task in ipairs(tasks) do refresh(thread, task.id, task.namespace) end
            for _, new in ipairs(checkpoints) do refresh(thread, new.id, new.namespace) end
            keepThread(thread)
            tidy(exists)
        end
        return 1
        """#)

    private static let reading = #"""
        local function object(parts)
            local texts = {}
            for name, value in pairs(parts) do texts[#texts + 1] = cjson.encode(name) .. ':' .. value end
            return '{' .. table.concat(texts, ',') .. '}'
        end
        local function row(thread, id, namespace, isWhole)
            local name = documentKey(thread, id, namespace)
            local document = redis.call('JSON.GET', name)
            if not document then return false end
            local result = { document }
            if not isWhole then
                local outer = members(document, 1)
                if outer.checkpoint then
                    local inner = members(outer.checkpoint, 1)
                    inner.channel_values = nil
                    outer.checkpoint = object(inner)
                end
                if outer.turnledger then
                    local own = members(outer.turnledger, 1)
                    own.values = nil
                    outer.turnledger = object(own)
                end
                return { object(outer) }
            end
            local registry = registryKey(thread, id, namespace)
            for _, write in ipairs(redis.call('ZRANGE', registry, 0, -1)) do
                local found = redis.call('JSON.GET', write)
                if found then result[#result + 1] = found end
            end
            return result
        end
        """#

    static let read = RedisScript(
        "redis_read", isOfDocuments: true, CommonScripts.index, library, scanner, reading,
        #"""
        local thread, namespace, id, refreshes = take(), take(), takeOptional(), takeFlag()
        id = id or head(thread, namespace)
        if not id then return false end
        local result = row(thread, id, namespace, true)
        if result and refreshes then
            refresh(thread, id, namespace)
            keepThread(thread)
        end
        return result
        """#)

    static let rows = RedisScript(
        "redis_rows", isOfDocuments: true, CommonScripts.index, library, scanner, reading,
        #"""
        local isWhole, result = takeFlag(), {}
        for _ = 1, tonumber(take()) do
            local thread, namespace, id = take(), take(), take()
            result[#result + 1] = row(thread, id, namespace, isWhole)
            if not result[#result] then forget(thread, id, namespace) end
        end
        return result
        """#)

    static let page = RedisScript("redis_page", isOfDocuments: true, CommonScripts.index, library, ListingScripts.page)
    static let present = RedisScript(
        "redis_present", isOfDocuments: true, CommonScripts.index, library, ListingScripts.present)

    /// Looks for what Python wrote since; for calls that tell of a thread's head.
    static let adopt = RedisScript(
        "redis_adopt", isOfDocuments: true, CommonScripts.index, library, "return head(take(), take())")

    /// Gives 1 where Python wrote too: then more may lie about than the index knows.
    static let delete = RedisScript(
        "redis_delete", isOfDocuments: true, CommonScripts.index, library,
        #"""
        local thread = take()
        adopt(thread, '')
        local isForeign = redis.call('EXISTS', key('foreign', thread))
        local places = redis.call('ZRANGE', key('checkpoints', thread), 0, -1)
        for _, place in ipairs(redis.call('SMEMBERS', key('orphans', thread))) do places[#places + 1] = place end
        for _, place in ipairs(places) do
            local id, namespace = split(place)
            local registry = registryKey(thread, id, namespace)
            for _, write in ipairs(redis.call('ZRANGE', registry, 0, -1)) do redis.call('DEL', write) end
            redis.call('DEL', registry, documentKey(thread, id, namespace), pointerKey(thread, namespace))
            redis.call('ZREM', prefix .. ':index', id .. '\0' .. thread .. '\0' .. namespace)
        end
        """#, RunScripts.removal,
        #"""
        removeThread(thread)
        return isForeign
        """#)
}
