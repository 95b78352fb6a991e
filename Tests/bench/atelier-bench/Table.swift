/// What was measured, a line each, and what did not work.
struct Table {
    private struct Line {
        let cells: [String]
    }

    private var lines = [Line(cells: ["", "Atelier", "beside it", "relation", "aim"])]
    private(set) var faults: [String] = []

    /// - Parameters:
    ///   - other: What it is compared with.
    ///   - relation: Of the two, as text.
    mutating func add(
        _ name: String, _ figure: String, beside other: String = "", relation: String = "",
        aim: String = ""
    ) {
        lines.append(Line(cells: [name, figure, other, relation, aim]))
    }

    mutating func addFault(_ fault: String) {
        faults.append(fault)
    }

    /// The lines with their columns aligned.
    var text: String {
        let widths = (0..<5).map { column in lines.map { $0.cells[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return cells.joined(separator: "   ")
        }.joined(separator: "\n")
    }
}

/// Figures as text.
enum Figure {
    /// With as many decimals as matter.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let magnitude = abs(value)
        return fixed(value, decimals: magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2)
    }

    static func ratio(_ value: Double, _ base: Double) -> String {
        fixed(value / base, decimals: 2) + " ×"
    }

    static func difference(_ value: Double, _ base: Double) -> String {
        (value >= base ? "+" : "") + fixed(value - base, decimals: 2)
    }

    static func mebibytes(_ bytes: Int) -> String {
        fixed(Double(bytes) / 1_048_576, decimals: 1) + " MiB"
    }

    static func kilobytes(_ bytes: Int) -> String {
        fixed(Double(bytes) / 1e3, decimals: 1) + " KB"
    }

    private static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return "–" }
        let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + "\(scaled)" }
        let fraction = "\(scaled % scale)"
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
    }
}
