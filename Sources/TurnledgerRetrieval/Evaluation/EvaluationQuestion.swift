// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A question with the clauses that answer it.
public struct EvaluationQuestion: Hashable, Sendable {
    /// The question as a person would ask it.
    public var text: String
    /// At least one.
    public var clauses: [ClauseID]
    /// The line of the file, from 1.
    public var line: Int

    public init(_ text: String, clauses: [ClauseID], line: Int) {
        self.text = text
        self.clauses = clauses
        self.line = line
    }

    /// `zh` or `en`, by its letters.
    public var language: String { CharacterClass.language(of: text) }

    /// Reads JSON lines `{"question": …, "clauses": ["document#number", …]}`; empty lines are passed over.
    ///
    /// - Throws: `.invalid` with the line's number for one that is none, `.nothingFound` where there are no questions.
    public static func read(jsonLines text: String) throws(RegulationError) -> [EvaluationQuestion] {
        var questions: [EvaluationQuestion] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where !line.trimmed.isEmpty {
            questions.append(try question(line, number: index + 1))
        }
        guard !questions.isEmpty else { throw RegulationError(.nothingFound, "The file holds no questions.") }
        return questions
    }

    private static func question(_ line: Substring, number: Int) throws(RegulationError) -> EvaluationQuestion {
        let value: JSONValue
        do { value = try JSONValue.parse(Array(line.utf8)) } catch {
            throw RegulationError(.invalid, "Line \(number) is no JSON.")
        }
        guard let text = value["question"]?.string, !text.trimmed.isEmpty else {
            throw RegulationError(.invalid, "Line \(number) has no \"question\".")
        }
        guard let list = value["clauses"]?.array, !list.isEmpty else {
            throw RegulationError(.invalid, "Line \(number) has no \"clauses\": it needs a list of document#number.")
        }
        var clauses: [ClauseID] = []
        for item in list {
            guard let id = item.string.flatMap({ ClauseID($0) }) else {
                throw RegulationError(.invalid, "Line \(number) has a clause that is not written document#number.")
            }
            clauses.append(id)
        }
        return EvaluationQuestion(text, clauses: clauses, line: number)
    }
}
