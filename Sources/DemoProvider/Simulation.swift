/// A model that misbehaves in one way on purpose: `sim/NAME`, or `sim/NAME-NUMBER` where it has a
/// measure to choose.
struct Simulation: Sendable {
    let name: String
    /// The measures it takes; `nil` for none.
    let bounds: ClosedRange<Int>?
    private let defaultNumber: Int
    private let reply: @Sendable (DemoRequest, Int) -> Model.Reply

    /// Replies to every request alike.
    init(_ name: String, _ reply: @autoclosure @escaping @Sendable () -> Model.Reply) {
        self.init(name) { _, _ in reply() }
    }

    /// - Parameter number: The measure when the id has none.
    init(
        _ name: String, number: Int = 0, in bounds: ClosedRange<Int>? = nil,
        _ reply: @escaping @Sendable (DemoRequest, Int) -> Model.Reply
    ) {
        self.name = name
        self.bounds = bounds
        defaultNumber = number
        self.reply = reply
    }

    /// - Parameter number: The measure that stands in the id.
    func model(_ number: Int? = nil) -> Model {
        let slug = name + (number.map { "-\($0)" } ?? "")
        let measure = number ?? defaultNumber
        return Model(
            id: "sim/" + slug, name: "Sim: " + slug,
            description: "Misbehaves on purpose, for tests.",
            price: Price(prompt: 1_000, completion: 5_000), canonicalSlug: "sim/" + slug,
            reply: { reply($0, measure) })
    }
}
