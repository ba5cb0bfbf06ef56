// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tries whether a port can be listened on, and lets it go again.
enum PortProbe {
    enum Obstacle: Hashable, Sendable {
        case taken
        case impossible(String)
    }

    static func listen(host: String, port: Int) async -> Obstacle? {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
            return nil
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            return .taken
        } catch let error as IOError {
            return .impossible(String(cString: strerror(error.errnoCode)))
        } catch {
            return .impossible("the host is not known")
        }
    }
}
