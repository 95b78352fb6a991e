/// What processes have in memory, in bytes.
struct ProcessMemory: Sendable {
    /// Pages they have, whoever else has them too.
    var resident = 0
    /// The same, with shared pages divided among those that share them.
    var proportional = 0

    static func + (one: ProcessMemory, other: ProcessMemory) -> ProcessMemory {
        ProcessMemory(
            resident: one.resident + other.resident,
            proportional: one.proportional + other.proportional)
    }
}

/// The lines about memory.
struct MemoryRows {
    let atFirst: [ProcessMemory]
    var afterLoad: [ProcessMemory] = []
    /// Workers and jobs together, and everything together, while the streams are open.
    var whileOpen: (own: ProcessMemory, all: ProcessMemory)?

    init(atFirst: [ProcessMemory]) {
        self.atFirst = atFirst
    }

    func add(to table: inout Table, streams: Int) {
        add(
            "memory of a worker at rest, resident (proportional)", atFirst, aim: "≤ 25 MiB",
            to: &table)
        add("memory of a worker after the loads", afterLoad, aim: "", to: &table)
        guard let whileOpen else { return }
        table.add(
            "memory of all workers and jobs with \(streams) open streams", text(whileOpen.own),
            aim: "≤ 250 MB")
        table.add("  and nginx and all else", text(whileOpen.all))
    }

    /// The largest of the workers counts.
    private func add(_ name: String, _ workers: [ProcessMemory], aim: String, to table: inout Table)
    {
        guard let largest = workers.max(by: { $0.resident < $1.resident }) else { return }
        table.add(name, text(largest), aim: aim)
    }

    private func text(_ memory: ProcessMemory) -> String {
        "\(Figure.mebibytes(memory.resident)) (\(Figure.mebibytes(memory.proportional)))"
    }
}
