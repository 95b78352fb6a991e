/// The answer of the model that thinks aloud.
enum Reasoning {
    static let scenario = Scenario.answer(
        .words(thoughts, as: .reasoning, every: .milliseconds(30)),
        .send(.signature),
        .words(conclusion, as: .content, every: .milliseconds(25)))

    private static let thoughts = """
        The question could be anything, and I am a demo model that cannot look at it. Still, I can \
        show how an answer comes about.

        Take a classic: a bat and a ball cost 1.10 together, and the bat costs 1.00 more than the \
        ball. The quick answer is 0.10. Check it: then the bat costs 1.10, and both cost 1.20. That \
        is too much.

        Let the ball cost x. Then x + (x + 1.00) = 1.10, so 2x = 0.10 and x = 0.05. Check: \
        0.05 + 1.05 = 1.10. Good.
        """

    private static let conclusion = """
        This demo model always solves the same riddle: **a bat and a ball cost 1.10 together; the bat \
        costs 1.00 more than the ball. What does the ball cost?**

        The ball costs **0.05**, the bat 1.05. Together they make 1.10, and the difference is 1.00.

        The first number that comes to mind, 0.10, fails the check. Unfold the reasoning above to see \
        how it was thrown out.
        """
}
