// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import TurnledgerStore

extension RunStore {
    /// How safe writes are now, where they do not all go to the database.
    var degradedDurability: StoreCondition.Durability? {
        guard let condition = (self as? any DegradableStore)?.condition, condition.state != .connected else {
            return nil
        }
        return condition.durability
    }
}

extension HTTPField.Name {
    /// `spooled` or `memory`: what is written now lies apart from the database, on this machine's disk or in this process.
    static let durability = Self("x-turnledger-durability")!
    /// `unavailable`: what was said earlier in the conversation, if anything, is not at hand until the database is back.
    static let history = Self("x-turnledger-history")!
}

extension StoreCondition {
    /// For health routes: `{"state", "durability"?, "spooledThreads"?, "seconds"}`.
    var json: JSONObject {
        var json: JSONObject = ["state": .string(state.rawValue)]
        if state != .connected {
            json["durability"] = .string(durability.rawValue)
            json["spooledThreads"] = .integer(Int64(spooledThreads))
        }
        json["stateSeconds"] = .integer(since.duration(to: .now).components.seconds)
        return json
    }
}
