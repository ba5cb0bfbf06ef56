// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// A command with its arguments, as bytes.
struct RedisCommand: Sendable {
    private let arguments: [[UInt8]]

    init(_ arguments: String...) { self.arguments = arguments.map { Array($0.utf8) } }

    init(_ arguments: [String]) { self.arguments = arguments.map { Array($0.utf8) } }

    init(bytes arguments: [[UInt8]]) { self.arguments = arguments }

    func write(into buffer: inout ByteBuffer) {
        buffer.writeString("*\(arguments.count)\r\n")
        for argument in arguments {
            buffer.writeString("$\(argument.count)\r\n")
            buffer.writeBytes(argument)
            buffer.writeString("\r\n")
        }
    }
}
