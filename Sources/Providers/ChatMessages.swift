extension [ChatMessage] {
    /// These messages as every chat template takes them: the person and the model by turns, the person
    /// first. What was left unanswered and what follows are one message.
    func arranged(for shape: RequestShape) -> [ChatMessage] {
        let system = filter { $0.role == .system }
        var turns = filter { $0.role != .system }
        // The beginning of a long conversation may be cut off between a question and its answer.
        if turns.contains(where: { $0.role == .user }) {
            turns = Array(turns.drop { $0.role == .assistant })
        }
        if shape.wantsUserLast && turns.last?.role == .assistant {
            turns.append(ChatMessage(.user, Self.goOn))
        }
        guard shape.refusesSystem, let first = turns.first, first.role == .user else {
            return (system + turns).joinedByRole
        }
        let opening = ChatMessage(.user, system.flatMap(\.parts))
        return ([opening] + turns).joinedByRole
    }

    private static var goOn: String {
        "Go on exactly where your last message ends, without repeating any of it."
    }

    private var joinedByRole: [ChatMessage] {
        reduce(into: []) { turns, message in
            guard let last = turns.last, last.role == message.role else {
                return turns.append(message)
            }
            turns[turns.count - 1] = last.joined(with: message)
        }
    }
}

extension ChatMessage {
    /// Both as one, text by text in paragraphs of its own.
    fileprivate func joined(with next: ChatMessage) -> ChatMessage {
        var joined = self
        for part in next.parts {
            if case .text(let text) = joined.parts.last, case .text(let more) = part {
                joined.parts[joined.parts.count - 1] = .text(text + "\n\n" + more)
            } else {
                joined.parts.append(part)
            }
        }
        return joined
    }
}
