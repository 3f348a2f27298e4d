"""Exercises of notebook 13: advantages of a group, pass@k, a turn of an agent, and a checker with holes."""

import re
from math import comb

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _advantages(rewards):
    return rewards - rewards.mean(1, keepdim=True)


def _advantages_all(rewards):
    return rewards - rewards.mean()


def _advantages_columns(rewards):
    return rewards - rewards.mean(0, keepdim=True)


@exercise(
    "13.advantages",
    difficulty=1,
    minutes=4,
    solution=_advantages,
    hints=[
        "A row holds the rewards of one question's texts. Compare each with the average of its own row.",
        "`rewards.mean(1, keepdim=True)` is that average, as a column that can be subtracted.",
        "return rewards - rewards.mean(1, keepdim=True)",
    ],
    wrong=[
        (_advantages_all, "own row"),
        (_advantages_columns, "down the columns"),
        (lambda rewards: rewards, "sum to 0"),
    ],
    praise="An easy question and a hard one now teach alike: only what beats its own group is pushed up.",
)
def _(answer, t):
    t.function(answer, 1)
    for _ in range(5):
        p, n = (int(v) for v in t.rng.permutation([3, 5, 7, 11])[:2])
        rewards = torch.from_numpy(t.rng.random((p, n)) + t.rng.random((p, 1)) + t.rng.random((1, n)))
        got = answer(rewards.clone())
        t.shape(got, (p, n), "The table of advantages")
        t.true(
            not torch.allclose(got, _advantages_columns(rewards)),
            "You averaged down the columns, over different questions; a question is a row.",
        )
        t.true(
            not torch.allclose(got, _advantages_all(rewards)),
            "You subtracted one average of everything; each row needs the average of its own row.",
        )
        t.true(float(got.sum(1).abs().max()) < 1e-6, "The advantages of each row must sum to 0; yours do not.")
        t.close(got, _advantages(rewards), what="The table of advantages")


def _pass_at_k(n, right, k):
    return 1 - comb(n - right, k) / comb(n, k)


def _pass_with_return(n, right, k):
    return 1 - (1 - right / n) ** k


@exercise(
    "13.tries",
    difficulty=2,
    minutes=6,
    solution=_pass_at_k,
    hints=[
        "Ask the opposite: how likely is it that k of the n texts, chosen at random, are all wrong?",
        "`math.comb(n, k)` counts all choices; `math.comb(n - right, k)` those among the wrong texts alone.",
        "return 1 - comb(n - right, k) / comb(n, k)",
    ],
    wrong=[
        (_pass_with_return, "put back"),
        (lambda n, right, k: right / n, "k = 1"),
        (lambda n, right, k: 1 - _pass_at_k(n, right, k), "opposite"),
    ],
    praise="`comb` gives 0 when there are fewer wrong texts than k, so that case needs no `if`.",
)
def _(answer, t):
    t.function(answer, 3)
    cases = [(10, 3, 1), (10, 0, 4), (10, 9, 2), (7, 7, 3)]
    for _ in range(8):
        n = int(t.rng.integers(5, 24))
        cases.append((n, int(t.rng.integers(1, n)), int(t.rng.integers(2, n))))
    for n, right, k in cases:
        got, expected = t.number(answer(n, right, k), "pass@k"), _pass_at_k(n, right, k)

        def like(value, got=got, expected=expected):
            return abs(got - value) < 1e-9 and abs(value - expected) > 1e-6

        t.true(
            not like(_pass_with_return(n, right, k)),
            "That draws each text as if the last one had been put back; the k texts are k different ones.",
        )
        t.true(not like(1 - expected), "That is the opposite: the chance that all k are wrong.")
        t.true(not like(right / n), "That is right only for k = 1.")
        t.close(got, expected, what=f"pass@{k} with {right} right of {n}")


def _turn(text, tools):
    found = re.search(r"Call: (\w+) \(([^()]*)\)$", text)
    if not found:
        return text
    try:
        result = tools[found[1]](found[2])
    except Exception:
        result = "nothing"
    return f"{text} gives {result}."


def _turn_raises(text, tools):
    found = re.search(r"Call: (\w+) \(([^()]*)\)$", text)
    return f"{text} gives {tools[found[1]](found[2])}." if found else text


def _turn_first(text, tools):
    found = re.search(r"Call: (\w+) \(([^()]*)\)", text)
    return _turn(text[: found.end()], tools) if found else text


def _turn_no_stop(text, tools):
    out = _turn(text, tools)
    return out[:-1] if out != text else out


@exercise(
    "13.turn",
    difficulty=2,
    minutes=10,
    solution=_turn,
    hints=[
        'This finds a call at the end: `re.search(r"Call: (\\w+) \\(([^()]*)\\)$", text)`.',
        "`found[1]` is the tool's name, `found[2]` the argument. Without a call, return the text as it is.",
        'Put `tools[found[1]](found[2])` into `try`; on any exception the result is "nothing". Then return '
        'f"{text} gives {result}."',
    ],
    wrong=[
        (_turn_raises, "KeyError"),
        (_turn_first, "last call"),
        (_turn_no_stop, "full stop"),
        (lambda text, tools: text, "nothing was added"),
    ],
    praise="That is the whole of acting. Everything else in an agent is a loop around this, and its limits.",
)
def _(answer, t):
    t.function(answer, 2)

    def fails(argument):
        raise ValueError("no")

    tools = {"double": lambda a: str(2 * int(a)), "shout": str.upper, "broken": fails}
    for _ in range(4):
        a, b = (int(v) for v in t.rng.integers(3, 99, size=2))
        text = f"Question: Twice {a}? Call: double ({a})"
        got = answer(text, tools)
        t.true(got != text, "The text ends with a call, but nothing was added to it.")
        t.true(got != f"{text} gives {2 * a}", "The result must end with a full stop, as in training.")
        t.equal(got, f"{text} gives {2 * a}.", "The text after a call")
        two = f"Call: double ({a}) gives {2 * a}. Call: double ({b})"
        t.true(
            answer(two, tools) == f"{two} gives {2 * b}.",
            "With two calls in the text, only the last call is new; run that one, and keep all that stands before it.",
        )
        t.equal(answer(f"Question: {a}? Answer: {b}.", tools), f"Question: {a}? Answer: {b}.", "A text without a call")
    for bad in ("Call: rocket (moon)", "Call: broken (1)", "Call: double (many)"):
        try:
            got = answer(bad, tools)
        except Exception as problem:
            t.fail(
                f"Your function raised {type(problem).__name__} for {bad!r}; a model may write anything, so an "
                'error must become the word "nothing".'
            )
        t.equal(got, f"{bad} gives nothing.", f"The text after {bad!r}")


def _fair(text, truth):
    answers = re.findall(r"Answer: ([^.]*)\.", text)
    return len(answers) == 1 and answers[0].strip() == truth


def _fair_in(text, truth):
    return truth in text


def _fair_last(text, truth):
    return text.rsplit("Answer:", 1)[-1].split(".")[0].strip() == truth


def _fair_part(text, truth):
    answers = re.findall(r"Answer: ([^.]*)\.", text)
    return len(answers) == 1 and answers[0].strip() in truth


@exercise(
    "13.bug",
    difficulty=3,
    minutes=10,
    solution=_fair,
    hints=[
        "Write down four texts that their checker rewards and should not: a list, a part, a thought, several answers.",
        '`re.findall(r"Answer: ([^.]*)\\.", text)` lists all answers. How many may there be?',
        "return len(answers) == 1 and answers[0].strip() == truth",
    ],
    wrong=[
        (_fair_in, "thought"),
        (_fair_last, "one answer"),
        (_fair_part, "part"),
        (lambda text, truth: False, "right answer"),
    ],
    praise="Before you train on a reward, attack it yourself. The model will.",
)
def _(answer, t):
    t.function(answer, 2)
    pets = ["cat", "goat", "parrot", "turtle", "horse", "duck"]
    for _ in range(4):
        a, b, c = (pets[i] for i in t.rng.permutation(len(pets))[:3])
        t.true(bool(answer(f" Answer: {a}.", a)), "The plain right answer must be rewarded.")
        t.true(
            bool(answer(f" Think: The friend has a {a}. Answer: {a}.", a)),
            "The right answer after a thought must be rewarded.",
        )
        t.true(
            not answer(f" Think: The friend has a {a}. Answer: {b}.", a),
            "Yours rewards a truth that stands in the thought only; the answer is another.",
        )
        t.true(
            not answer(f" Answer: {b}. Answer: {c}. Answer: {a}.", a),
            "Yours rewards a text that tries several answers; there may be one answer only.",
        )
        t.true(not answer(f" Answer: {a}. Answer: {b}.", a), "Yours rewards a text with more than one answer.")
        t.true(not answer(f" Answer: {b}, {a}, {c}.", a), "Yours rewards a list inside one answer.")
        t.true(not answer(f" Answer: {a[:2]}.", a), "Yours rewards a part of the right word.")
        t.true(not answer(" Answer: .", a) and not answer("", a), "Yours rewards an empty answer.")
        t.true(not answer(f" Answer: {a}", a), "Yours rewards an answer that was broken off before its full stop.")
