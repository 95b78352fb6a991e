/// A generation that is about to begin: what to store, and whom to ask.
struct GenerationPlan: Sendable {
    let generation: Generation
    /// What its calls are booked under.
    let feature: Feature
    var call: ChatCall
    /// What is asked instead, one after the other, where nothing comes of a call.
    var alternatives: [ChatCall] = []
    /// Text the answer begins with; the model goes on from there.
    var begunText: String?
    /// What it waits for before it asks; `nil` when it may at once.
    var turn: Turn?

    /// The turn of a generation that builds on another one, which is still being written.
    struct Turn: Sendable {
        /// What to ask, the first model and then its alternatives; `nil` while it is to wait.
        let calls: @Sendable () throws -> [ChatCall]?
    }
}
