/// What a newcomer sees first.
enum Showcase {
    static let text = #"""
        **This is Atelier's built-in demo model: it answers here, without a network, and always the \#
        same.** To chat with real models, set `OPENROUTER_API_KEY`, or `ATELIER_PROVIDER_URL` for a \#
        server of your own such as vLLM or Ollama, and start again.

        Meanwhile, here is what an answer can hold.

        ## Lists and tables

        1. **Edit** a message, and the conversation branches.
        2. **Regenerate** an answer, perhaps with another model.
        3. *Stop* whenever you have read enough; nothing that came is lost.

        | Model | What it shows | Pace |
        |:------|:--------------|-----:|
        | Demo: Echo | your own words | at once |
        | Demo: Reasoning | thoughts, folded away | 40 words/s |
        | Demo: Slow | patience, and the stop button | 4 words/s |
        | Demo: Long | three thousand words | 500 words/s |

        ## Code

        Blocks are highlighted and have a copy button; `inline code` stays in its line.

        ```swift
        /// The greatest common divisor (Euclid, Elements, book VII).
        func gcd(_ a: Int, _ b: Int) -> Int {
            b == 0 ? abs(a) : gcd(b, a % b)
        }

        print(gcd(1_071, 462))  // 21
        ```

        ```python
        from collections import Counter

        words = "to be or not to be".split()
        for word, count in Counter(words).most_common(2):
            print(f"{word}: {count}")
        ```

        ## Formulas

        In a sentence, such as $e^{i\pi} + 1 = 0$, or on a line of their own:

        $$
        \int_{-\infty}^{\infty} e^{-x^2}\,\mathrm{d}x = \sqrt{\pi}
        $$

        > Writing is easy: all you have to do is cross out the wrong words.

        More about the notation: [CommonMark in ten minutes](https://commonmark.org/help/).
        """#
}
