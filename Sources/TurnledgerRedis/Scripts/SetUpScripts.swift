// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What is done once, when a store is opened.
enum SetUpScripts {
    /// Notes the layout where none is noted, and gives the one that is.
    static let layout = RedisScript(
        "redis_set_up",
        #"""
        local wanted = take()
        redis.call('SET', prefix .. ':layout', wanted, 'NX')
        return redis.call('GET', prefix .. ':layout')
        """#)
}
