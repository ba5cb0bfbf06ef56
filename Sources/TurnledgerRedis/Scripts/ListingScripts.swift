// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Which checkpoints a listing holds: places alone, newest first.
enum ListingScripts {
    /// Expects `split`; gives thread, namespace and ID of each, and behind them whether there may be more.
    static let page = #"""
        local only, namespace, wanted = takeOptional(), takeOptional(), takeOptional()
        local before, cursor, size = takeOptional(), takeOptional(), tonumber(take())
        local index = only and key('checkpoints', only) or (prefix .. ':index')
        if adopt and only then adopt(only, namespace or '') end
        local max, min = '+', '-'
        if before then max = '(' .. before end
        if wanted then
            min = '[' .. wanted .. '\0'
            if not before or greater(before, wanted) then max = '(' .. wanted .. '\1' end
        end
        if cursor and (max == '+' or greater(string.sub(max, 2), cursor)) then max = '(' .. cursor end
        local result = {}
        while #result < size * 3 do
            local found = redis.call('ZREVRANGEBYLEX', index, max, min, 'LIMIT', 0, size)
            for _, one in ipairs(found) do
                local id, rest = split(one)
                local thread, own = only, rest
                if not only then thread, own = split(rest) end
                if #result < size * 3 and (not namespace or own == namespace) then
                    result[#result + 1] = thread
                    result[#result + 1] = own
                    result[#result + 1] = id
                end
            end
            if #found < size then break end
            max = '(' .. found[#found]
        end
        return result
        """#

    /// Which of many checkpoints are there; what the index has of others goes.
    static let present = #"""
        local result = {}
        for _ = 1, tonumber(take()) do
            local thread, namespace, id = take(), take(), take()
            local isThere = exists(thread, id, namespace)
            if not isThere then forget(thread, id, namespace) end
            result[#result + 1] = isThere and 1 or 0
        end
        return result
        """#
}
