// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerStore
import TurnledgerTransfer

/// Two stores that are mirrored: the block `store.mirror`.
struct MirrorLocation: Hashable, Sendable, CustomStringConvertible {
    enum Mode: String, Sendable {
        case copy
        case onTouch = "on_touch"
    }

    var first: StoreLocation
    var second: StoreLocation
    var mode = Mode.copy
    var readsShadows = false

    init(first: StoreLocation, second: StoreLocation) throws(ConfigurationError) {
        self.first = first
        self.second = second
        for part in [first, second] {
            if case .mirror = part { throw ConfigurationError("A mirror cannot be a part of another mirror.") }
        }
        guard first != second else { throw ConfigurationError("Both stores of the mirror are the same one.") }
    }

    init(_ values: ConfigurationValues) throws(ConfigurationError) {
        func part(_ name: String) throws(ConfigurationError) -> StoreLocation {
            guard let text = try values.text("store.mirror.\(name)"), !text.isEmpty else {
                throw ConfigurationError("'store.mirror' needs `primary` and `secondary`; there is no `\(name)`.")
            }
            return try StoreLocation(text, values: values)
        }
        try self.init(first: part("primary"), second: part("secondary"))
        guard let mode = Mode(rawValue: try values.text("store.mirror.mode") ?? "") else {
            throw values.wrongType("store.mirror.mode", "must be `copy` or `on_touch`")
        }
        self.mode = mode
        readsShadows = try values.boolean("store.mirror.shadow_reads")
    }

    var description: String { "mirror of \(first) in \(second)" }

    /// Opens both.
    ///
    /// - Throws: `ConfigurationError` where one cannot be part of a mirror, what opening throws.
    func makeStore(observer: (any StoreObserver)?, logger: Logger) throws -> any ConversationStore {
        let parts = try [first, second].map { location in
            guard let store = try StoreOpener.make(location, observer: observer) as? any MirrorableStore else {
                throw ConfigurationError("The store \(location) cannot be part of a mirror.")
            }
            return store
        }
        if mode == .onTouch { return TouchStore(new: parts[0], old: parts[1]) }
        var settings = MirrorSettings()
        settings.readsShadows = readsShadows
        return MirrorStore(first: parts[0], second: parts[1], settings: settings, logger: logger)
    }
}

extension StoreLocation {
    /// Whether two stores are configured, and no single one by a flag, a variable or the file.
    static func isMirror(_ values: ConfigurationValues) -> Bool {
        guard values.origin(of: "store") == .fallback else { return false }
        return ["primary", "secondary"].contains { values.origin(of: "store.mirror.\($0)") != .fallback }
    }

    /// The stores that are named, in lower case.
    static func texts(_ values: ConfigurationValues) -> [String] {
        let keys = isMirror(values) ? ["store.mirror.primary", "store.mirror.secondary"] : ["store"]
        return keys.compactMap { (try? values.text($0))?.lowercased() }
    }
}

extension MirrorRecord {
    /// The store's place for whoever configures it: one that is sealed is the primary still.
    var place: String { role == .secondary ? "secondary" : "primary" }
}
