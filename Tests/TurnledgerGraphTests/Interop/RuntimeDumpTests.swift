// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore

@Suite("The rows of the threads A to L that Python dumped")
struct RuntimeDumpTests {
    @Test(
        "are written by the same graph in Swift",
        arguments: InteropPlace.there, RuntimeScenario.all)
    func alike(_ place: InteropPlace, _ scenario: RuntimeScenario) async throws {
        try await place.with { store, thread in
            try await scenario.run(GraphServices(store: store), thread)
            let ours = try await InteropRows.export(store, thread)
            let theirs = try RuntimeDumpRows.rows(of: scenario.dumped)
            #expect(theirs.count > 0)
            expectAlike(try InteropRows.exact(ours), try InteropRows.exact(theirs), "row")
        }
    }

    @Test("are those of 12 threads with 56 checkpoints in all")
    func whole() throws {
        let threads = RuntimeScenario.all.flatMap(\.dumped)
        #expect(threads.sorted() == "ABCDEFGHIJKL".map(String.init))
        #expect(try RuntimeDumpRows.rows(of: threads).count == 56)
    }
}
