import Web

/// Performs a scenario for one client: keeps time, counts tokens, and stops when the client leaves.
struct Player {
    private let output: any Output
    private let isClientGone: () -> Bool
    private let time: TimeSource
    private let tokenLimit: Int
    private var keepAliveDue: ContinuousClock.Instant
    /// The request's limit on tokens was reached: nothing more is said.
    private var isCut = false

    private(set) var usage: DemoUsage
    private(set) var finishReason: FinishReason?
    private(set) var firstDelta: ContinuousClock.Instant?

    /// - Parameter tokenLimit: The most completion tokens the answer may have.
    init(
        _ output: any Output, for writer: any ResponseWriter, usage: DemoUsage, tokenLimit: Int,
        time: TimeSource
    ) {
        self.output = output
        self.isClientGone = { writer.isClientGone }
        self.usage = usage
        self.tokenLimit = tokenLimit
        self.time = time
        keepAliveDue = time.now() + output.patience
    }

    mutating func play(_ steps: [Step]) throws(ClientGone) {
        for step in steps { try perform(step) }
        try output.close()
    }

    private mutating func perform(_ step: Step) throws(ClientGone) {
        switch step {
        case .wait(let duration): try wait(until: time.now() + duration)
        case .silence(let duration):
            try sleep(until: time.now() + duration)
            keepAliveDue = time.now() + output.patience
        case .send(let delta): try send(delta)
        case .words(let text, let channel, let interval): try speak(text, channel, interval)
        case .finish(let reason):
            let reason = isCut ? .length : reason
            finishReason = reason
            try output.finish(reason)
        case .usage(let shape): try output.report(usage, as: shape)
        case .done: try output.done()
        case .fail(let fault):
            finishReason = .error
            try output.fail(fault)
        }
    }

    /// Speaks by the clock, so that the time for writing does not slow it down.
    private mutating func speak(
        _ text: String, _ channel: Channel, _ interval: Duration
    ) throws(ClientGone) {
        let start = time.now()
        for (index, word) in text.words.enumerated() where !isCut {
            try wait(until: start + interval * index)
            try send(channel == .content ? .content(word) : .reasoning(word))
        }
    }

    private mutating func send(_ delta: Delta) throws(ClientGone) {
        guard !isCut else { return }
        var usageThen = usage
        usageThen.count(delta)
        guard usageThen.completionTokens <= tokenLimit else {
            isCut = true
            return
        }
        try output.send(delta)
        usage = usageThen
        let now = time.now()
        if firstDelta == nil { firstDelta = now }
        if !output.gathers { keepAliveDue = now + output.patience }
    }

    private mutating func wait(until end: ContinuousClock.Instant) throws(ClientGone) {
        while keepAliveDue < end {
            try sleep(until: keepAliveDue)
            try output.keepAlive()
            keepAliveDue += .milliseconds(400)
        }
        try sleep(until: end)
    }

    /// Sleeps in short pieces, so that a client that leaves is noticed.
    private func sleep(until end: ContinuousClock.Instant) throws(ClientGone) {
        while case let rest = end - time.now(), rest > .zero {
            time.sleep(min(rest, .milliseconds(100)))
            if isClientGone() { throw ClientGone() }
        }
    }
}
