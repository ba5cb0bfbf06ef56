// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension Graph {
    /// The graph as a Mermaid flowchart, in the form in which LangGraph draws its own.
    public var mermaid: String { MermaidDrawing(self).text }
}

/// Draws a graph as text for Mermaid (<https://mermaid.js.org/syntax/flowchart.html>).
struct MermaidDrawing {
    private let graph: Graph

    init(_ graph: Graph) { self.graph = graph }

    var text: String {
        var lines = ["---", "config:", "  flowchart:", "    curve: linear", "---", "graph TD;"]
        let names = graph.nodeOrder + (graph.edges.contains { $0.to == Graph.end } ? [Graph.end] : [])
        for name in names {
            let label = label(of: name)
            switch name {
            case Graph.start: lines.append("\t\(Self.id(name))([<p>\(label)</p>]):::first")
            case Graph.end: lines.append("\t\(Self.id(name))([<p>\(label)</p>]):::last")
            default: lines.append("\t\(Self.id(name))(\(label))")
            }
        }
        var drawn: Set<DrawnEdge> = []
        for edge in graph.edges where drawn.insert(edge).inserted {
            let arrow = edge.isConditional ? "-.->" : "-->"
            let text = edge.label.map { " &nbsp;\($0)&nbsp; " }
            let line = text.map { edge.isConditional ? "-. \($0) .->" : "-- \($0) -->" } ?? arrow
            lines.append("\t\(Self.id(edge.from)) \(line) \(Self.id(edge.to));")
        }
        lines += [
            "\tclassDef default fill:#f2f0ff,line-height:1.2", "\tclassDef first fill-opacity:0",
            "\tclassDef last fill:#bfb6fc",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func label(of name: String) -> String {
        guard let node = graph.nodes[name], node.options.isDeferred else { return name }
        return "\(name)<hr/><small><em>defer = True</em></small>"
    }

    /// A name without what Mermaid reads otherwise.
    private static func id(_ name: String) -> String {
        String(
            name.unicodeScalars.flatMap { scalar -> [Character] in
                if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                    return [Character(scalar)]
                }
                return scalar == "_" || scalar == "-"
                    ? [Character(scalar)] : Array("\\" + String(scalar.value, radix: 16))
            })
    }
}
