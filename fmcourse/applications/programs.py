"""Judge many short programs: what do their functions return? The expected values never enter the sandbox.

    answers(["def f(x):\\n    return x + 1"], [[1, 2]]) -> ["[2, 3]"]

A program that knows what is expected can say it. So the sandbox gets the programs and the inputs, sends back what `f`
returned, and the comparison happens outside (`passes_all`).

But: programs of one call share a process, so one may spoil the others' answers; when their number does not come out,
each is run alone. Where the system closes no files (`sandbox.run` refuses), the tree walker of
`prompting.safe_python` answers in place of Python: it knows functions of one line and nothing else.
"""

import json
from collections.abc import Sequence

from fmcourse.applications.sandbox import run
from fmcourse.prompting.safe_python import Refused, run_function

NOTHING = "null"  # the answer of a program that is no program, fails, or defines no f
_HARNESS = """import contextlib, io, json, sys
for source, inputs in json.loads(sys.stdin.read()):
    try:
        scope = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, scope)
            said = json.dumps([scope["f"](x) for x in inputs])
    except BaseException:
        said = "null"
    print(said)
"""


def answers(programs: Sequence[str], inputs: Sequence[Sequence[int]]) -> list[str]:
    """What `f` of each program returns for its inputs, as JSON; "null" for one that fails.

    Raises `ValueError` when there are not as many lists of inputs as programs.
    """
    if len(programs) != len(inputs):
        raise ValueError(f"{len(programs)} programs and {len(inputs)} lists of inputs; give each program one.")
    pairs = [(source, list(xs)) for source, xs in zip(programs, inputs, strict=True)]
    different = list(dict.fromkeys((source, tuple(xs)) for source, xs in pairs))
    said: dict[tuple[str, tuple[int, ...]], str] = {}
    if run("").reason.startswith("not run"):
        said = {pair: _walk(*pair) for pair in different}
    else:
        for start in range(0, len(different), 200):
            part = different[start : start + 200]
            said |= dict(zip(part, _together(part), strict=True))
    return [said[source, tuple(xs)] for source, xs in pairs]


def passes_all(programs: Sequence[str], tests: Sequence[Sequence[tuple[int, object]]]) -> list[bool]:
    """Whether each program gives the expected values of its tests, a list of (input, expected); True is not 1.

    >>> passes_all(["def f(x):\\n    return x * 2"] * 2, [[(0, 0)], [(0, 0), (1, 3)]])
    [True, False]
    """
    if not all(tests):
        raise ValueError("a program has no tests, so it would pass whatever it does; give each at least one.")
    said = answers(programs, [[x for x, _ in some] for some in tests])
    return [one == json.dumps([y for _, y in some]) for one, some in zip(said, tests, strict=True)]


def _together(pairs: Sequence[tuple[str, tuple[int, ...]]]) -> list[str]:
    lines = run(_HARNESS, stdin=json.dumps(pairs), seconds=5).stdout.splitlines()
    if len(lines) == len(pairs):
        return lines
    if len(pairs) == 1:
        return [NOTHING]
    return [line for pair in pairs for line in _together([pair])]


def _walk(source: str, inputs: tuple[int, ...]) -> str:
    try:
        return json.dumps([run_function(source, x) for x in inputs])
    except Refused:
        return NOTHING
