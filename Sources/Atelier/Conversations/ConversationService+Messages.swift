import HTTPTypes
import SQL
import Web

/// Reading the messages of a conversation.
extension ConversationService {
    /// A page of the branch that is shown; as quick in a long conversation as in a short one.
    ///
    /// - Parameters:
    ///   - limit: How many messages at most; fewer where they are long.
    ///   - beforeLong: Called before the text of a page is read that is longer than pages are.
    /// - Throws: ``Problem`` `not_found`; `not_in_branch` for a message of another branch.
    func messages(
        of id: String, of user: User, at place: MessagePlace, limit: Int,
        beforeLong: @escaping () throws -> Void
    ) throws -> MessagePage {
        try conversations.database.read { connection in
            guard let conversation = try conversations.conversation(id, of: user.id, in: connection)
            else { throw Problem.notFound("conversation") }
            guard let leaf = conversation.activeMessageID else { return MessagePage(items: []) }
            let branch = Branch(
                leaf: leaf, last: try ordinal(of: leaf, in: conversation, connection),
                conversation: conversation, beforeLong: beforeLong)
            return try page(of: branch, at: place, limit: limit, in: connection)
        }
    }

    /// From the first message to a leaf.
    private struct Branch {
        let leaf: String
        /// The ordinal of the leaf.
        let last: Int
        let conversation: Conversation
        let beforeLong: () throws -> Void
    }

    private func page(
        of branch: Branch, at place: MessagePlace, limit: Int, in connection: Connection
    ) throws -> MessagePage {
        let last = branch.last
        switch place {
        case .start:
            let window = MessageWindow(pivot: 0, before: 0, after: limit - 1, last: last)
            return try page(window, of: branch, in: connection)
        case .end:
            let window = MessageWindow(pivot: last, before: limit - 1, after: 0, last: last)
            return try page(window, of: branch, in: connection)
        case .endingIn(let id):
            let ordinal = try ordinal(of: id, in: branch.conversation, connection)
            guard try contains(id, at: ordinal, branch, in: connection) else {
                let other = Branch(
                    leaf: id, last: ordinal, conversation: branch.conversation,
                    beforeLong: branch.beforeLong)
                return try page(of: other, at: .end, limit: limit, in: connection)
            }
            let window = MessageWindow(pivot: ordinal, before: limit - 1, after: 0, last: ordinal)
            return try page(window, of: branch, in: connection)
        case .after(let id):
            let ordinal = try ordinal(ofShown: id, in: branch, connection)
            guard ordinal < last else {
                return MessagePage(items: [], nextCursor: id, offset: last + 1, total: last + 1)
            }
            let window = MessageWindow(
                pivot: ordinal + 1, before: 0, after: min(limit, last - ordinal) - 1, last: last)
            return try page(window, of: branch, in: connection)
        case .around(let id):
            let window = MessageWindow(
                pivot: try ordinal(ofShown: id, in: branch, connection), before: limit / 2,
                after: (limit - 1) / 2, last: last)
            return try page(window, of: branch, in: connection)
        }
    }

    private func page(
        _ window: MessageWindow, of branch: Branch, in connection: Connection
    ) throws -> MessagePage {
        var window = window
        var end = try message(at: window.bounds.upperBound, branch, in: connection)
        let bytes = window.fit(
            try messages.sizes(endingIn: end, count: window.bounds.count, in: connection))
        if bytes > MessageWindow.byteLimit { try branch.beforeLong() }
        end =
            try messages.ancestor(of: end, at: window.bounds.upperBound, in: connection) ?? end
        let items = try messages.branch(
            endingIn: end, count: window.bounds.count, in: connection)
        return MessagePage(
            items: items, nextCursor: items.first?.parentID,
            newerCursor: window.bounds.upperBound < branch.last ? items.last?.id : nil,
            offset: window.bounds.lowerBound, total: branch.last + 1)
    }

    private func message(
        at ordinal: Int, _ branch: Branch, in connection: Connection
    ) throws -> String {
        guard let id = try messages.ancestor(of: branch.leaf, at: ordinal, in: connection) else {
            throw Problem.notFound("message")
        }
        return id
    }

    private func ordinal(
        of id: String, in conversation: Conversation, _ connection: Connection
    ) throws -> Int {
        guard let ordinal = try messages.ordinal(of: id, of: conversation.id, in: connection) else {
            throw Problem.notFound("message")
        }
        return ordinal
    }

    private func ordinal(
        ofShown id: String, in branch: Branch, _ connection: Connection
    ) throws -> Int {
        let ordinal = try ordinal(of: id, in: branch.conversation, connection)
        guard try contains(id, at: ordinal, branch, in: connection) else {
            throw Problem(
                .conflict, "not_in_branch",
                "This message is in another branch than the one that is shown. Show its branch first."
            )
        }
        return ordinal
    }

    private func contains(
        _ id: String, at ordinal: Int, _ branch: Branch, in connection: Connection
    ) throws -> Bool {
        guard ordinal <= branch.last else { return false }
        return try messages.ancestor(of: branch.leaf, at: ordinal, in: connection) == id
    }
}
