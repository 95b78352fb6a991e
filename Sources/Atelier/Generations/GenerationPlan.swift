/// A generation that is about to begin: what to store, and whom to ask.
struct GenerationPlan: Sendable {
    let generation: Generation
    let call: ChatCall
    /// What is asked instead, one after the other, where nothing comes of a call.
    var alternatives: [ChatCall] = []
    /// Text the answer begins with; the model goes on from there.
    var begunText: String?

    /// The most it is expected to cost, in nano-USD.
    var reservationNanoUSD: Int {
        alternatives.reduce(call.reservationNanoUSD) { max($0, $1.reservationNanoUSD) }
    }
}
