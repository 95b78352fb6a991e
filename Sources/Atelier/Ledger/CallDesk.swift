import HTTPClient
import Providers
import SQL

/// The one place where calls are made: money is set aside and committed, then the provider is asked,
/// then what it came to is booked. Whatever else has to be written with the first or the last of these
/// is handed in.
struct CallDesk: Sendable {
    let ledger: Ledger
    let chat: ChatClient
    let scoreboard: Scoreboard

    /// A call that may be made: its reservation is committed.
    struct Reserved: Sendable {
        fileprivate(set) var call: Call
    }

    /// Sets money aside for a call, together with what `rest` writes.
    func reserve(
        _ call: Call, with rest: (Connection) throws -> Void = { _ in }
    ) throws -> Reserved {
        try ledger.database.write { connection in
            try rest(connection)
            try ledger.reserve(call, in: connection)
        }
        return Reserved(call: call)
    }

    /// Notes that something else will be asked than was when the money was set aside.
    func change(_ reserved: Reserved, to account: CallAccount) throws -> Reserved {
        var changed = reserved
        changed.call.account = account
        changed.call.account.call = reserved.call.id
        try ledger.database.write { try ledger.setAccount(of: changed.call, in: $0) }
        return changed
    }

    /// Asks the provider, once.
    func ask(
        _ reserved: Reserved, _ request: ChatRequest, from endpoint: ProviderEndpoint,
        cancellation: Cancellation, onPause: () -> Void = {}, onEvent: (ChatEvent) -> Void
    ) -> (outcome: ChatOutcome, ended: EndedCall) {
        var firstTokenMs: Int?
        let outcome = chat.stream(
            request, from: endpoint, cancellation: cancellation, onPause: onPause
        ) { event in
            if firstTokenMs == nil, event.isContent { firstTokenMs = UnixTime.milliseconds }
            onEvent(event)
        }
        var booking = reserved.call.account.booking(of: outcome)
        booking.firstTokenMs = firstTokenMs
        return (outcome, EndedCall(call: reserved.call, booking: booking))
    }

    /// Books calls that have ended, together with what `rest` writes; each once only, whoever comes
    /// first.
    @discardableResult
    func book<T>(
        _ ended: [EndedCall], with rest: (Connection) throws -> T = { _ in }
    ) throws -> T {
        let (booked, result) = try ledger.database.write { connection in
            let booked = try ended.filter {
                try ledger.book($0.booking, of: $0.call, in: connection)
            }
            return (booked, try rest(connection))
        }
        for end in booked where end.booking.closing == .settle {
            scoreboard.count(end.booking.costNanoUSD, of: end.call)
        }
        return result
    }
}

extension ChatEvent {
    fileprivate var isContent: Bool {
        switch self {
        case .text, .reasoning: true
        case .opened, .revised, .usage: false
        }
    }
}
