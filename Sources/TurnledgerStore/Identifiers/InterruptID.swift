// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Makes the IDs of interrupts, as every runtime computes them.
public enum InterruptID {
    /// The ID of an interrupt: 32 hexadecimal digits.
    ///
    /// - Parameters:
    ///   - namespace: The task's checkpoint namespace, its own ID included: `ask:<task id>`, behind the parent's namespace
    ///     and `|` in a subgraph.
    ///   - answers: How many interrupts of the same task have been answered so far.
    public static func make(namespace: String, answers: Int = 0) -> String {
        let text = answers == 0 ? namespace : namespace + "|" + String(answers)
        let hash = XXH3.hash128(Array(text.utf8))
        return UniqueID.text(high: hash.high, low: hash.low).filter { $0 != "-" }
    }
}
