// Turnledger. SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import CMalloc
    internal import Foundation
#endif

/// How the process asks the system for memory.
enum Allocator {
    /// Keeps glibc to one arena for two cores.
    ///
    /// It makes up to eight for each core, and what one task frees in one of them no other arena uses: with a thousand
    /// streams that is a seventh of all memory. Has no effect once `MALLOC_ARENA_MAX` is set, which decides then, and on
    /// systems without glibc.
    static func keepFewArenas() {
        #if canImport(Glibc)
            guard ProcessInfo.processInfo.environment["MALLOC_ARENA_MAX"] == nil else { return }
            _ = mallopt(M_ARENA_MAX, CInt(max(1, ProcessInfo.processInfo.activeProcessorCount / 2)))
        #endif
    }
}
