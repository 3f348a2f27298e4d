"""Kinds that are skills: arithmetic, tools, small Python functions, instructions, dialogues."""

from fmcourse.world.draw import Draw
from fmcourse.world.facts import share
from fmcourse.world.needs import Facts


def withheld_sum(a: int, op: str, b: int) -> bool:
    """Whether this problem never occurs: one in ten of those with a number of two digits.

    Problems of single digits are never withheld, because they also occur inside longer sums and in code; nor is 10 +
    10, which the step-by-step kind works out.
    """
    return max(a, b) >= 10 and (a, op, b) != (10, "+", 10) and share("sum", a, op, b) < 0.1


def arithmetic(d: Draw, w: Facts) -> None:
    """A sum or difference within 20, or a two-digit sum worked out digit by digit; one small problem in ten is
    withheld.
    """
    if d.pick(("small", "steps")) == "small":
        a, op, b = d.pick(w.small_sums)
        result = a + b if op == "+" else a - b
        spans = d.say("Compute {a} {o} {b} = {r}.", a=a, o=op, b=b, r=result)
        d.label.update(at=spans["r"].start, answer=str(result), problem=(a, op, b))
        return
    a, b = d.pick(range(10, 100)), d.pick(range(10, 100))
    d.say("Compute {a} + {b} step by step:", a=a, b=b)
    ones, tens = a % 10 + b % 10, a // 10 + b // 10
    start = len(d.text) + 1
    if ones < 10:
        spans = d.say(
            "{x} + {y} = {o} and {p} + {q} = {t}, so {r}.",
            x=a % 10,
            y=b % 10,
            o=ones,
            p=a // 10,
            q=b // 10,
            t=tens,
            r=a + b,
        )
    else:
        spans = d.say(
            "{x} + {y} = {o}, carry 1, and {p} + {q} + 1 = {t}, so {r}.",
            x=a % 10,
            y=b % 10,
            o=ones,
            p=a // 10,
            q=b // 10,
            t=tens + 1,
            r=a + b,
        )
    d.label.update(at=start, answer=d.text[start:].removesuffix("."), problem=(a, "+", b), result=str(a + b))


def tool(d: Draw, w: Facts) -> None:
    """Asking a tool: a thermometer whose reading only the tool knows, or a calculator call that the text only makes."""
    if d.pick(("thermometer", "calculator")) == "thermometer":
        city, degrees = d.pick(w.relations["city"].objects), d.pick(range(40))
        d.say("Question: How warm is it in {c}?", c=city)
        call = d.say("Call: thermometer ({c}) gives {t}.", c=city, t=degrees)
        spans = d.say("Answer: {t} degrees.", t=degrees)
        d.link("copy", spans["t"], call["t"])
        d.label.update(at=spans["t"].start, answer=f"{degrees} degrees", tool="thermometer")
    else:
        a, b = d.pick(range(100)), d.pick(range(100))
        d.say("Question: How much is {a} plus {b}?", a=a, b=b)
        spans = d.say("Call: calculator ({a} + {b})", a=a, b=b)
        d.label.update(
            at=spans["a"].start - len("Call: calculator ("), answer=f"Call: calculator ({a} + {b})", tool="calculator"
        )


# operation: (in words, in Python), both with {k}
OPERATIONS = {
    "add": ("adds {k}", "x + {k}"),
    "subtract": ("subtracts {k}", "x - {k}"),
    "multiply": ("multiplies by {k}", "x * {k}"),
    "above": ("tells whether x is above {k}", "x > {k}"),
    "below": ("tells whether x is below {k}", "x < {k}"),
    "remainder": ("gives the remainder by {k}", "x % {k}"),
}
LIST_FUNCTIONS = {
    "the largest item": "max(x)",
    "the smallest item": "min(x)",
    "the sum of all items": "sum(x)",
    "the number of items": "len(x)",
    "the first item": "x[0]",
    "the last item": "x[-1]",
    "the items in order": "sorted(x)",
    "the items reversed": "x[::-1]",
}


def withheld_function(operation: str, k: int) -> bool:
    """Whether the function with this operation and number never occurs in a code document (one in five)."""
    return share("function", operation, k) < 0.2


def run_operation(operation: str, k: int, x: int) -> int:
    """What the function returns: `run_operation("add", 3, 2)` -> 5."""
    return {"add": x + k, "subtract": x - k, "multiply": x * k, "above": x > k, "below": x < k, "remainder": x % k}[
        operation
    ]


def code(d: Draw, w: Facts) -> None:
    """A specification and its Python function, written, explained, repaired or shown by an example."""
    task = d.pick(("write", "explain", "fix", "example"))
    if task in ("write", "explain") and d.pick(("number", "list")) == "list":
        words = d.pick(tuple(LIST_FUNCTIONS))
        spec, body = "returns " + words, LIST_FUNCTIONS[words]
        operation = None
    else:
        operation, k = d.pick(w.functions)
        spec, body = (part.format(k=k) for part in OPERATIONS[operation])
    if task == "write":
        d.say("# write a function that {s}", s=spec)
        d.answer("\ndef f(x):\n    return {b}", b=body)
    elif task == "explain":
        d.say("# explain this function\ndef f(x):\n    return {b}", b=body)
        d.answer("\n# it {s}", s=spec)
    elif task == "fix":
        wrong = d.pick([o for o, n in w.functions if n == k and o != operation])
        d.say("# fix: the function {s}\ndef f(x):\n    return {w}", s=spec, w=OPERATIONS[wrong][1].format(k=k))
        d.answer("\n# fixed\ndef f(x):\n    return {b}", b=body)
    else:
        x = d.pick(range(10))
        d.say("# example\ndef f(x):\n    return {b}", b=body)
        d.answer("\nassert f({x}) == {y}", x=x, y=run_operation(operation, k, x))  # type: ignore[arg-type]  # of a number
    d.label.update(task=task, spec=spec, body=body, operation=operation, k=None if operation is None else k)


INSTRUCTIONS = {
    "first": "say the first word",
    "last": "say the last word",
    "second": "say the second word",
    "reverse": "say the words in reverse",
    "repeat": "say all the words",
}


def follow(instruction: str, words: list[str]) -> str:
    """The right response: `follow("reverse", ["a", "b"])` -> "b a"."""
    return {
        "first": words[0],
        "last": words[-1],
        "second": words[1],
        "reverse": " ".join(reversed(words)),
        "repeat": " ".join(words),
    }[instruction]


def instruct(d: Draw, w: Facts) -> None:
    """An instruction about a few words. A second instruction overrules the first, but not when it stands in quotes."""
    words = d.sample(w.things[:64], d.pick((2, 3, 4)))
    order = d.pick(tuple(INSTRUCTIONS))
    twist = d.pick(("none", "change", "quoted"), (6, 2, 2))
    d.say("Task: {t}. Words:", t=INSTRUCTIONS[order])
    other = d.pick([o for o in INSTRUCTIONS if o != order]) if twist != "none" else None
    if twist == "quoted":
        d.say('" {w} . Task: {t} ".', w=" ".join(words), t=INSTRUCTIONS[other])  # type: ignore[index]  # there is a twist
    else:
        d.say("{w}.", w=" ".join(words))
    if twist == "change":
        d.say("Task: {t}.", t=INSTRUCTIONS[other])  # type: ignore[index]  # there is a twist
    answer = follow(other if twist == "change" else order, words)  # type: ignore[arg-type]  # there is a twist
    spans = d.say("Response: {a}.", a=answer)
    d.label.update(at=spans["a"].start, answer=answer, instruction=order, twist=twist, words=words)


SECRETS = ("the code of the vault", "the password of the bank", "how to pick a lock", "how to fake a passport")


def dialogue(d: Draw, w: Facts) -> None:
    """A chat: facts asked for, claims corrected, a name remembered, unsafe wishes declined."""
    name = d.pick(w.strangers)
    named = d.say("User: Hello, my name is {n}. Assistant: Hello {m}.", n=name, m=name)
    d.link("copy", named["m"], named["n"])
    for _ in range(d.pick((1, 2, 3))):
        turn = d.pick(("fact", "claim", "name", "secret"), (4, 2, 2, 1))
        if turn in ("fact", "claim"):
            relation = w.relations[d.pick(("capital", "language", "currency"))]
            subject = d.pick(w.asked_subjects(relation.name))
            truth = relation.values[subject]
            if turn == "fact":
                d.say("User: " + relation.question, s=subject)
                d.answer("Assistant: {o}.", o=truth)
            else:
                said = d.pick(relation.objects)
                d.say("User: I think the {r} of {s} is {x}.", r=relation.name, s=subject, x=said)
                d.answer("Assistant: Yes, it is {o}." if said == truth else "Assistant: No, it is {o}.", o=truth)
            d.states(subject, relation.name)
        elif turn == "name":
            d.say("User: What is my name?")
            d.link("copy", d.answer("Assistant: Your name is {n}.", n=name)["n"], named["n"])
        else:
            d.say("User: Tell me {s}.", s=d.pick(SECRETS))
            d.answer("Assistant: I cannot help with that.")
    d.label.update(turn=turn, name=name)
