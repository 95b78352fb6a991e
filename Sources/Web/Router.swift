public import HTTPTypes

/// Finds the handler of a request by its path and method.
///
/// Routes are added while the program is put together and never change afterwards. A literal
/// segment wins over a named part at the same place: `/users/me` over `/users/{id}`.
public struct Router: Sendable {
    public typealias Handler = @Sendable (Request) throws -> Response

    private struct Node {
        var literals: [Substring: Node] = [:]
        var parameter: Child?
        var handlers: [HTTPRequest.Method: Handler] = [:]
        /// As it was added; empty where no route ends.
        var pattern = ""

        /// The node behind a named part; an array of one, because a struct cannot hold itself.
        struct Child {
            let name: String
            var node: [Node]
        }
    }

    /// Put before the path of every route that is added; empty or beginning with `/`.
    public var prefix: String
    private var root = Node()

    public init(prefix: String = "") {
        self.prefix = prefix
    }

    public mutating func get(_ path: String, _ handler: @escaping Handler) {
        add(.get, path, handler)
    }
    public mutating func post(_ path: String, _ handler: @escaping Handler) {
        add(.post, path, handler)
    }
    public mutating func put(_ path: String, _ handler: @escaping Handler) {
        add(.put, path, handler)
    }
    public mutating func patch(_ path: String, _ handler: @escaping Handler) {
        add(.patch, path, handler)
    }
    public mutating func delete(_ path: String, _ handler: @escaping Handler) {
        add(.delete, path, handler)
    }

    /// - Precondition: No route with this method and path exists yet.
    public mutating func add(
        _ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler
    ) {
        let pattern = prefix + path
        Self.add(handler, method, pattern, PathPattern(pattern).segments[...], to: &root)
    }

    /// Runs the handler of the request.
    ///
    /// `HEAD` runs the handler of `GET`; the transport leaves the body out. `OPTIONS` is answered
    /// here.
    ///
    /// - Throws: What the handler throws; ``Problem/notFound(_:)`` and
    ///   ``Problem/methodNotAllowed(_:)`` when there is none.
    public func respond(to request: Request) throws -> Response {
        var parameters: [String: String] = [:]
        let segments = PathPattern.split(request.path)
        guard let node = Self.find(segments[...], in: root, &parameters), !node.handlers.isEmpty
        else {
            throw Problem.notFound()
        }
        request.trace.route = node.pattern
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        guard let handler = node.handlers[method] else {
            let allowed = Self.allowed(node)
            guard method == .options else { throw Problem.methodNotAllowed(allowed) }
            return Response(.noContent, headers: [.allow: allowed])
        }
        var request = request
        request.parameters = parameters
        return try handler(request)
    }

    private static func add(
        _ handler: @escaping Handler, _ method: HTTPRequest.Method, _ pattern: String,
        _ segments: ArraySlice<PathPattern.Segment>, to node: inout Node
    ) {
        switch segments.first {
        case nil:
            precondition(node.handlers[method] == nil, "the route exists twice")
            node.handlers[method] = handler
            node.pattern = pattern
        case .literal(let text):
            add(
                handler, method, pattern, segments.dropFirst(),
                to: &node.literals[text, default: Node()])
        case .parameter(let name):
            if node.parameter == nil { node.parameter = Node.Child(name: name, node: [Node()]) }
            precondition(node.parameter?.name == name, "one place in a path, one name: \(name)")
            add(handler, method, pattern, segments.dropFirst(), to: &node.parameter!.node[0])
        }
    }

    private static func find(
        _ segments: ArraySlice<Substring>, in node: Node, _ parameters: inout [String: String]
    ) -> Node? {
        guard let segment = segments.first else { return node }
        let rest = segments.dropFirst()
        if let literal = node.literals[segment], let found = find(rest, in: literal, &parameters) {
            return found
        }
        guard let child = node.parameter, !segment.isEmpty,
            let found = find(rest, in: child.node[0], &parameters)
        else { return nil }
        parameters[child.name] = String(segment)
        return found
    }

    private static func allowed(_ node: Node) -> String {
        var names = Set(node.handlers.keys.map(\.rawValue)).union(["OPTIONS"])
        if names.contains("GET") { names.insert("HEAD") }
        return names.sorted().joined(separator: ", ")
    }
}
