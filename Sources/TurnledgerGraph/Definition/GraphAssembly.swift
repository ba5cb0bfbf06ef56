// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Checks a definition and lays it out in channels and nodes as LangGraph does.
struct GraphAssembly<State: GraphState> {
    let name: String
    private var nodes: [Node<State>] = []
    private var edges: [Edge] = []
    private var branches: [Branch<State>] = []

    private let stateChannels: [(String, ChannelKind)]

    init(name: String, elements: [GraphElement<State>], channels: [(String, ChannelKind)]? = nil) {
        self.name = name
        stateChannels = channels ?? StateLayout.of(State.self).channels.map { ($0.name, $0.kind) }
        for element in elements {
            switch element.base {
            case .node(let node): nodes.append(node)
            case .edge(let edge): edges.append(edge)
            case .branch(let branch): branches.append(branch)
            }
        }
    }

    func graph(interruptBefore: NodeSelection, interruptAfter: NodeSelection) throws -> Graph {
        try check(interruptBefore, interruptAfter)
        let stateNames = stateChannels.map(\.0)
        var channels = stateChannels
        for node in nodes {
            for channel in node.ownChannels where !channels.contains(where: { $0.0 == channel.0 }) {
                channels.append(channel)
            }
        }
        let allNames = channels.map(\.0)
        channels.append((Graph.start, .ephemeral))
        channels.append((Graph.tasks, .topic()))
        var triggers: [String: [String]] = [:]
        var writers: [String: [EdgeWriter]] = [:]
        for node in nodes {
            channels.append(
                (Graph.trigger(of: node.name), node.options.isDeferred ? .deferredTrigger : .trigger))
            triggers[node.name] = [Graph.trigger(of: node.name)]
        }
        for edge in edges where !edge.isJoin && edge.target != .end {
            writers[edge.sources[0].rawValue, default: []].append(.node(edge.target.rawValue))
        }
        for edge in edges where edge.isJoin && edge.target != .end {
            let sources = edge.sources.map(\.rawValue)
            let channel = Graph.join(sources, to: edge.target.rawValue)
            let awaitsFinish = nodes.first { $0.name == edge.target.rawValue }?.options.isDeferred ?? false
            channels.append((channel, .barrier(sources, awaitsFinish: awaitsFinish)))
            triggers[edge.target.rawValue, default: []].append(channel)
            for source in sources { writers[source, default: []].append(.join(channel: channel, source: source)) }
        }
        for branch in branches {
            let allowed = branch.destinations.map(Set.init)
            writers[branch.source.rawValue, default: []].append(
                .branch { state, _ in
                    let next = try await branch.decide(state)
                    if let allowed { try Self.check(next, allowed, branch.source) }
                    return next
                })
        }
        var graphNodes = [
            GraphNode(
                name: Graph.start, triggers: [Graph.start], reads: .single(Graph.start), isHidden: true,
                writers: writers[Graph.start] ?? [], body: { _ in NodeOutput() })
        ]
        for node in nodes {
            graphNodes.append(
                GraphNode(
                    name: node.name, triggers: (triggers[node.name] ?? []).sorted { ExactText($0) < ExactText($1) },
                    reads: .several(node.reads ?? stateNames), options: node.options, writers: writers[node.name] ?? [],
                    subgraphs: node.subgraphs, errorHandler: node.errorHandler.map { _ in Self.handler(of: node.name) },
                    body: node.body))
            if let handler = node.errorHandler {
                let name = Self.handler(of: node.name)
                channels.append((Graph.trigger(of: name), .trigger))
                graphNodes.append(
                    GraphNode(
                        name: name, triggers: [Graph.trigger(of: name)], reads: .several(stateNames), body: handler))
            }
        }
        return Graph(
            name: name, channels: channels, nodes: graphNodes, output: .several(stateNames), state: .several(allNames),
            interruptBefore: interruptBefore, interruptAfter: interruptAfter, edges: drawnEdges, input: stateNames,
            streamed: .several(allNames))
    }

    private static func handler(of node: String) -> String { "__error_handler__" + node }

    // MARK: Checks

    private func check(_ interruptBefore: NodeSelection, _ interruptAfter: NodeSelection) throws {
        var names: Set<String> = []
        for node in nodes {
            if node.name.isEmpty || node.name.contains(where: { $0 == "|" || $0 == ":" })
                || Reserved.nodeNames.contains(node.name) || node.name.utf8.contains(UInt8(ascii: "\\"))
            {
                throw invalid(
                    "'\(node.name)' cannot name a node: not empty, no '|', ':' or '\\', no name of LangGraph's.")
            }
            guard names.insert(node.name).inserted else { throw invalid("Two nodes are named '\(node.name)'.") }
        }
        var channels: Set<String> = []
        for (place, name) in (stateChannels + nodes.flatMap(\.ownChannels)).map(\.0).enumerated() {
            // Several nodes may read one channel that is not in the state.
            guard channels.insert(name).inserted || place >= stateChannels.count else {
                throw invalid("Two channels are named '\(name)'.")
            }
            if name.hasPrefix("__") || name.hasPrefix("branch:") || name.hasPrefix("join:")
                || name.utf8.contains(UInt8(ascii: "\\")) || name.isEmpty
            {
                throw invalid("'\(name)' cannot name a channel.")
            }
            if names.contains(name) {
                throw invalid("'\(name)' names a channel and a node: name one of them otherwise.")
            }
        }
        func known(_ name: NodeName, _ what: String) throws {
            guard names.contains(name.rawValue) else {
                throw invalid("\(what) names node '\(name)', which is not there.")
            }
        }
        for edge in edges {
            guard !edge.sources.isEmpty else { throw invalid("An edge to '\(edge.target)' has no source.") }
            guard edge.target != .start else { throw invalid("No edge leads to the start.") }
            for source in edge.sources {
                guard source != .end else { throw invalid("No edge leads from the end.") }
                if edge.isJoin, source == .start { throw invalid("A join cannot wait for the start.") }
                if source != .start { try known(source, "An edge") }
            }
            if edge.target != .end { try known(edge.target, "An edge") }
        }
        for branch in branches {
            guard branch.source != .end else { throw invalid("No branch leads from the end.") }
            if branch.source != .start { try known(branch.source, "A branch") }
            for target in branch.destinations ?? [] where target != .end { try known(target, "A branch") }
        }
        for node in nodes {
            for target in node.destinations where target != .end { try known(target, "Node '\(node.name)'") }
        }
        guard edges.contains(where: { $0.sources == [.start] }) || branches.contains(where: { $0.source == .start })
        else { throw invalid("Nothing leads from the start: add an edge or a branch from it.") }
        for selection in [interruptBefore, interruptAfter] {
            if case .only(let nodes) = selection {
                for node in nodes { try known(NodeName(node), "An interrupt") }
            }
        }
    }

    private static func check(_ next: [Next], _ allowed: Set<NodeName>, _ source: NodeName) throws {
        for case .to(let name) in next where !allowed.contains(name) {
            throw GraphError(
                .unknownNode, "The branch from '\(source)' leads to '\(name)', which it does not declare.")
        }
    }

    private func invalid(_ text: String) -> GraphError { GraphError(.invalidGraph, text) }

    // MARK: Drawing

    private var drawnEdges: [DrawnEdge] {
        var result: [DrawnEdge] = []
        for edge in edges {
            for source in edge.sources {
                result.append(
                    DrawnEdge(from: source.rawValue, to: edge.target.rawValue, label: nil, isConditional: false))
            }
        }
        for branch in branches {
            let targets =
                branch.destinations?.map(\.rawValue)
                ?? nodes.map(\.name).filter { $0 != branch.source.rawValue } + [Graph.end]
            for target in targets {
                result.append(
                    DrawnEdge(from: branch.source.rawValue, to: target, label: nil, isConditional: true))
            }
        }
        for node in nodes {
            for target in node.destinations {
                result.append(DrawnEdge(from: node.name, to: target.rawValue, label: nil, isConditional: true))
            }
        }
        for node in nodes where !result.contains(where: { $0.from == node.name }) {
            result.append(DrawnEdge(from: node.name, to: Graph.end, label: nil, isConditional: false))
        }
        return result
    }
}
