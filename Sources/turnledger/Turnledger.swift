// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerCLI

@main
struct Turnledger {
    static func main() async {
        await TurnledgerCommand.main()
    }
}
