/// About three thousand words in sections, for long pages and long streams.
enum LongAnswer {
    static let text: String = {
        let sections = materials.enumerated().map { section($0.offset + 1, $0.element) }
        return "# Ten materials for a small workshop\n\n" + introduction + "\n\n"
            + sections.joined(separator: "\n\n") + "\n\nThat is the end of the long demo answer."
    }()

    private static let introduction = """
        The long demo model writes the same guide every time. Scroll up while it runs: the page stays \
        where you read. Nothing here replaces the data sheet of the material in your hand.
        """

    private static let materials = [
        "birch plywood", "oak", "mild steel", "stainless steel", "aluminium", "brass", "copper",
        "acrylic", "nylon", "leather",
    ]

    private static func section(_ number: Int, _ material: String) -> String {
        """
        ## \(number). \(material.prefix(1).uppercased() + material.dropFirst())

        People reach for \(material) because it is easy to find, forgiving to work and honest about \
        its limits. Before you buy, look at the edge of the piece and not only at its face: the edge \
        tells how it was made, how it was stored, and how it will behave once it is cut. Ask for an \
        offcut. Ten minutes with an offcut of \(material) save an afternoon with the real part, and \
        the shop is usually glad to be rid of it.

        ### Cutting and joining

        Mark with a knife rather than a pencil, since a knife line also guides the tool. Support \
        \(material) on both sides of the cut and let the tool do the work: pressure makes heat, and \
        heat is what spoils most parts. If the cut wanders, stop, step back and find out why, because \
        a second pass follows the first one. Where two pieces of \(material) meet, decide early \
        whether the joint should ever come apart again. A screw can be opened, glue cannot, and a \
        rivet lies somewhere between them.

        - **Measure** twice, at both ends, with the same rule.
        - **Clamp** everything, also what seems heavy enough to stay.
        - **Test** each setting on the offcut and write it down.
        - **Clean** the edges before you judge the fit.

        > Keep a box of failed parts of \(material). They are the best teachers in the room.

        ### Finish and care

        A good surface comes from patience and clean hands. Work through the grits in order, wipe off \
        the dust between them, and change the paper before it is dull. Then wait until the next \
        morning: \(material) looks different in daylight, and so does every mistake. Store what is \
        left dry, flat and labelled, with the date and the name of the supplier on it.
        """
    }
}
