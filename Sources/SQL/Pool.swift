internal import Threads

/// A few things that are expensive to open and that one thread at a time uses.
///
/// They are opened when they are needed, and the one used last is used first, as its caches are
/// warm. `@unchecked` sits in ``Monitor``: an element is either here or with one caller.
final class Pool<Element>: Sendable {
    private struct State {
        var idle: [Element] = []
        var opened = 0
    }

    private enum Turn {
        case take(Element)
        case open
    }

    private let limit: Int
    private let waitLimit: Duration
    private let open: @Sendable () throws(SQLError) -> Element
    private let monitor = Monitor(State())

    /// - Parameters:
    ///   - limit: How many elements there may be, at least 1.
    ///   - waitLimit: How long a caller waits while all are in use.
    init(
        limit: Int, waitLimit: Duration, open: @escaping @Sendable () throws(SQLError) -> Element
    ) {
        self.limit = max(1, limit)
        self.waitLimit = waitLimit
        self.open = open
    }

    /// A pool of the one element that is there.
    convenience init(only element: Element, waitLimit: Duration) {
        self.init(limit: 1, waitLimit: waitLimit) { () throws(SQLError) in
            throw .misuse("the pool has all it may have")
        }
        monitor.change(waking: .one) { state in
            state.opened = 1
            state.idle = [element]
        }
    }

    /// Hands out an element, to be given back.
    ///
    /// - Throws: ``SQLError`` of kind `busy` when none came free in time, or why none opens.
    func take() throws(SQLError) -> Element {
        let turn = monitor.wait(upTo: waitLimit) { state -> Turn? in
            if let element = state.idle.popLast() { return .take(element) }
            guard state.opened < limit else { return nil }
            state.opened += 1
            return .open
        }
        switch turn {
        case .take(let element): return element
        case .open: return try openNew()
        case nil:
            throw SQLError(
                kind: .busy, code: 0, message: "every connection is in use for \(waitLimit)",
                sql: nil)
        }
    }

    func giveBack(_ element: Element) {
        monitor.change(waking: .one) { $0.idle.append(element) }
    }

    private func openNew() throws(SQLError) -> Element {
        do {
            return try open()
        } catch {
            monitor.change(waking: .one) { $0.opened -= 1 }
            throw error
        }
    }
}
