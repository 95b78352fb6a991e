/// Finds models by id.
struct Catalogue: Sendable {
    private let models: [String: Model]
    private let simulations: [String: Simulation]

    init() {
        models = Dictionary(
            uniqueKeysWithValues: DemoModels.all.flatMap { [($0.id, $0), ($0.canonicalSlug, $0)] })
        simulations = Dictionary(uniqueKeysWithValues: Simulations.all.map { ($0.name, $0) })
    }

    /// The models to choose from, in that order.
    func list(withSimulations: Bool) -> [Model] {
        DemoModels.all + (withSimulations ? Simulations.all.map { $0.model() } : [])
    }

    /// The model of that id, listed or not.
    func model(_ id: String) -> Model? {
        if let model = models[id] { return model }
        guard id.hasPrefix("sim/") else { return nil }
        let name = String(id.dropFirst(4))
        return simulations[name]?.model() ?? measured(name)
    }

    /// The simulation that takes a number, with the number at the end of the name.
    private func measured(_ name: String) -> Model? {
        guard let dash = name.lastIndex(of: "-"),
            let number = Int(name[name.index(after: dash)...]),
            let simulation = simulations[String(name[..<dash])],
            simulation.bounds?.contains(number) == true
        else { return nil }
        return simulation.model(number)
    }
}
