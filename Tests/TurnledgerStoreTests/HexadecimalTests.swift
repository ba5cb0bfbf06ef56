// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test("digits come back as the bytes that they were")
    func hexadecimal() {
        let bytes = (0..<256).map { UInt8($0) }
        #expect(Hexadecimal.bytes(Hexadecimal.text(bytes)) == bytes)
        #expect(Hexadecimal.bytes("0") == nil && Hexadecimal.bytes("0g") == nil)
    }
}
