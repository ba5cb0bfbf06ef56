// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The answerer's own sentences, in both languages. None says anything about the world.
struct Phrases: Sendable {
    var language: AnswerLanguage

    private func pick(_ english: String, _ chinese: String) -> String { language == .english ? english : chinese }

    var gap: String { pick(" ", "") }
    var comma: String { pick(", ", "、") }
    var greeting: String { pick("Hello!", "你好！") }
    var welcome: String { pick("You are welcome.", "不客气。") }
    var farewell: String { pick("Goodbye.", "再见。") }
    var assent: String { pick("All right. Ask whenever you like.", "好的，有问题随时问我。") }
    var askLater: String {
        pick("Ask me about it later, or ask about the regulations.", "以后可以随时问我，也可以问规范条文。")
    }
    var capability: String {
        pick(
            "I search the imported regulations and quote the clauses that fit, with document and number; I open a clause "
                + "when you name its number; and I quote back what you have told me in this conversation.",
            "我可以检索已导入的规范并引用相关条文（附文件名和条号），可以按编号打开条文，也可以引用您在本次对话中告诉过我的内容。")
    }
    var notTold: String {
        pick(
            "You have not told me that in this conversation. ", "您在本次对话中没有告诉过我这一点。") + capability
    }
    /// Follows a question that nothing answers, where something told comes near.
    func nearest(_ quotes: String) -> String {
        pick(
            "I found nothing that says exactly that. The nearest that you have told me: \(quotes).",
            "我没有找到与此完全对应的内容。您告诉过我的最接近的是：\(quotes)。")
    }
    var nothingFits: String {
        pick(
            "I found nothing that fits, neither in the imported regulations nor in this conversation. ",
            "我在已导入的规范和本次对话中都没有找到相关内容。") + capability
    }
    var searchFailed: String {
        pick("The search of the regulations failed. Please try again.", "检索规范失败，请稍后再试。")
    }
    var noSearch: String {
        pick(
            "I have no tool to search the regulations here; I can only quote what you have told me in this conversation.",
            "这里没有可用的规范检索工具，我只能引用您在本次对话中告诉过我的内容。")
    }
    var nothingAsked: String { pick("You have not asked anything before.", "您之前没有提过问题。") }

    func quote(_ text: String) -> String {
        if language == .chinese { return "“\(text)”" }
        return text.contains("\"") ? "“\(text)”" : "\"\(text)\""
    }

    func noted(_ quotes: String) -> String { pick("Noted: \(quotes).", "记下了：\(quotes)。") }
    func more(_ count: Int) -> String { pick(" and \(count) more", "，另有 \(count) 条") }
    func told(_ quotes: String) -> String { pick("You told me: \(quotes).", "您告诉过我：\(quotes)。") }
    func asked(_ quotes: String) -> String { pick("You asked: \(quotes)", "您之前问过：\(quotes)") }
    func noClause(_ title: String) -> String {
        pick("I found no clause \(title) in the imported regulations. ", "在已导入的规范中没有找到条文 \(title)。") + capability
    }

    /// Follows the source of a clause that is not in force.
    func status(_ status: String) -> String {
        status.isEmpty || ["in force", "in-force", "现行", "有效", "current", "active"].contains(status.lowercased())
            ? "" : "; \(status)"
    }
}
