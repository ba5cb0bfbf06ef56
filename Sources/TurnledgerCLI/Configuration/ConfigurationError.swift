// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Something wrong with the configuration, as a sentence for whoever wrote it.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
