"""Hostile texts and files against everything that takes them: a refusal in one sentence is right, a traceback is a bug.

    python -m tests.full.fuzz [INPUTS] [SEED]      INPUTS for all targets together, 110,000 unless said

Each target gets its own share. A text is random, or one that the target knows with letters, words or brackets lost,
doubled, swapped or exchanged; a file is one that the course writes, with bytes lost or changed. What a target may raise
is written beside it and is what its docstring promises; whatever else comes out is printed with the input that did it.
Not here: pictures and sounds (`scenes.read`), programs (`applications.sandbox` has hostile ones of its own).
"""

import contextlib
import io
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ODD = [
    "",
    " ",
    "\n",
    "\x00",
    "\ud800",
    "\u202e",
    "\ufeff",
    "İ",
    "ﷺ",
    "𝟚",
    "e\u0301",
    "👩‍💻",
    "\\",
    "'",
    '"',
    "{",
    "}",
    "(",
    ")",
]
ODD += [
    "[",
    "]",
    "<",
    ">",
    "%s",
    "{0}",
    "{x!r}",
    "</script>",
    "<bos>",
    "<eos>",
    "[MASK]",
    "Answer:",
    "Call:",
    "1e999",
    "-0",
]
ODD += ["nan", "None", "true", "٣", "9" * 400, "a" * 3000, "(" * 300, "[" * 2000, "-" * 500, "not " * 300, "x**" * 60]


@dataclass(frozen=True)
class Target:
    """`call(text)`; `known` are texts it understands; `may` are the errors it promises; `share` of all inputs."""

    name: str
    call: Callable
    known: tuple[str, ...]
    may: tuple[type[BaseException], ...] = ()
    share: float = 1.0


def hostile(rng, known):
    """A text: nonsense, or a known one that something happened to."""
    if rng.random() < 0.2:
        return "".join(
            rng.choice(ODD) if rng.random() < 0.5 else chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(12))
        )
    text = rng.choice(known)
    for _ in range(rng.randrange(1, 6)):
        i, j = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        if rng.random() < 0.4:  # a single place
            j = min(len(text), i + 1)
        put = rng.choice(
            [
                lambda i=i, j=j, text=text: "",
                lambda i=i, j=j, text=text: text[i:j] * 2,
                lambda i=i, j=j, text=text: rng.choice(ODD),
                lambda i=i, j=j, text=text: text[i:j][::-1],
                lambda i=i, j=j, text=text: text[i:j].upper(),
                lambda i=i, j=j, text=text: rng.choice(known),
                lambda i=i, j=j, text=text: str(rng.randrange(-10, 10**6)),
            ]
        )()
        text = (text[:i] + put + text[j:])[:20_000]
    return text


def targets(folder):
    """All of them; models are opened once."""
    from fmcourse import load
    from fmcourse.applications.overlap import chrf
    from fmcourse.applications.retrieval import Index
    from fmcourse.classroom import checks, claims, events, exercise, own_claims, predictions, progress, questions
    from fmcourse.generation.forms import FORMS
    from fmcourse.making.verbatim import items_in
    from fmcourse.models.files import ModelProblem
    from fmcourse.models.loading import load as open_model
    from fmcourse.prompting import complete, generate
    from fmcourse.prompting.ask import readable
    from fmcourse.prompting.constrained import allowed_tokens
    from fmcourse.prompting.decoding import prompt_tokens
    from fmcourse.prompting.reading_grade import reading_grade
    from fmcourse.prompting.safe_python import Refused, calculate, run_function
    from fmcourse.prompting.templates import TemplateProblem, fill_known, slots
    from fmcourse.prompting.tools import act, read_call
    from fmcourse.prompting.voting import final_answer
    from fmcourse.scenes import CaptionError, parse, understand
    from fmcourse.tasks.annotators import statements
    from fmcourse.trust.watermark import detect

    gpt = load("world-gpt")
    index = Index(["The capital of Kenya is Nairobi.", "An owl eats mice.", ""])
    names = tuple(exercise.names())
    question = ("Question: What does the owl eat? Answer:", "The capital of Kenya is", "Compute 58 + 37 step by step:")
    captions = (
        "a small red ring at the top",
        "two blue things",
        "a disc left of a green cross",
        "a red thing, on a striped ground",
    )

    def a_call(text):
        call = read_call(text)
        return call and act(call)

    def a_file(read, name):
        def put(text):
            path = folder / name
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            return read(path)

        return put

    def a_record(read, name):
        def put(text):
            path = Path(os.environ["FMCOURSE_HOME"]) / name
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            for old in path.parent.glob(f"{path.stem}*"):
                if old != path:
                    old.unlink()
            return read()

        return put

    def a_model(text):
        broken = folder / "model"
        broken.mkdir(exist_ok=True)
        (broken / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
        return open_model("it", source=broken)

    lines = tuple(
        json.dumps(row)
        for row in ({"kind": "exercise", "name": names[0], "state": "right"}, {"id": "S2", "verdict": "holds"})
    )
    return [
        Target("tokens of a prompt", lambda t: prompt_tokens(gpt.model, gpt.tokenizer, t, 4), question, (ValueError,)),
        Target(
            "generate", lambda t: generate(gpt.model, gpt.tokenizer, t, max_new_tokens=2), question, (ValueError,), 0.02
        ),
        Target(
            "complete",
            lambda t: complete(gpt.model, gpt.tokenizer, [t], max_new_tokens=2),
            question,
            (ValueError,),
            0.02,
        ),
        Target("readable", readable, question),
        Target(
            "constrained",
            lambda t: allowed_tokens(gpt.tokenizer, t, ["yes.", "no."]),
            ("yes.", "no", "ye"),
            (ValueError,),
        ),
        Target("calculate", calculate, ("(37 + 48) * 2", "7 // 2 % 5", "-3 - -4"), (Refused,), 2),
        Target(
            "run_function",
            lambda t: run_function(t, [3, 1]),
            ("def f(x):\n    return x[::-1]", "def f(x):\n    return sorted(x)[0] + 2"),
            (Refused,),
            2,
        ),
        Target(
            "a tool call",
            a_call,
            ("Call: calculator (37 + 48)", "Call: facts (the capital of Kenya)", "Call: thermometer (Oslo)"),
        ),
        Target("slots of a template", slots, ("{question} Answer: {answer}", "Q: {a} {{x}}"), (TemplateProblem,)),
        Target("a template", lambda t: fill_known(t, {"a": "b"}), ("Q: {a}", "{{a}} {a}"), (TemplateProblem,)),
        Target("final answer", final_answer, ("So 3. Answer: 5.", "Answer: Answer: ")),
        Target("reading grade", reading_grade, ("The cat sleeps. It is a good cat.", "Photosynthesis."), (ValueError,)),
        Target("statements", statements, ("The owl eats mice. The owl lives in the forest.",)),
        Target("search", lambda t: index.search(t, 2), ("What is the capital of Kenya?", "owl")),
        Target("chrF", lambda t: chrf(t, "The black cat sleeps."), ("The black cat sleeps.",), (ValueError,)),
        Target("parse a caption", parse, captions, (CaptionError,), 2),
        Target("understand a caption", understand, captions, (CaptionError,), 2),
        *(
            Target(f"encode for {form}", lambda t, form=form: FORMS[form].encode([t]), captions, (ValueError,))
            for form in FORMS
        ),
        Target("watermark", lambda t: detect(gpt.tokenizer, t, key=5), question, (ValueError,)),
        Target("check", lambda t: checks.check(names[len(t) % len(names)], t), ("4", "[1, 2]", "lambda x: x"), (), 0.3),
        Target("check, any name", lambda t: checks.check(t, 3), names, ()),
        Target("hint", checks.hint, names),
        Target("quiz answer", lambda t: questions.answer(t, 1, t[-1:]), ("03.a", "quiz", "b"), ()),
        Target("predict", lambda t: predictions.predict(t, t), ("S2", "00.batch"), (), 0.3),
        Target("reveal", lambda t: predictions.reveal(t, 3), ("S2", "00.batch"), (), 0.3),
        Target("claim", lambda t: claims.claim("Z9", t, t, {"x": t}, n=t), ("holds", "does not hold", "12"), (), 0.3),
        Target(
            "own claim", lambda t: own_claims.write_down(t, t, at_least=0.5, unit=t, rival=t), ("Z1", "Z22"), (), 0.3
        ),
        Target("progress file", a_record(progress.table, "progress.jsonl"), lines, (), 0.1),
        Target("events file", a_record(events.events, "progress.jsonl"), lines, (), 0.3),
        Target("claims file", a_record(claims.main, "claims.jsonl"), lines, (), 0.05),
        Target(
            "own claims file",
            a_record(lambda: own_claims.settle_own("Z1", 0.4, n=3, measured="x"), "own_claims.jsonl"),
            lines,
            (),
            0.3,
        ),
        Target(
            "file of test items", a_file(items_in, "items.txt"), ("The capital of\tKenya\n", "x\\ny"), (ValueError,)
        ),
        Target(
            "config of a model", a_model, ('{"model_type": "gpt2", "n_embd": 8}', "{}", "[]"), (ModelProblem,), 0.05
        ),
    ]


def attack(target, inputs, rng):
    """How often it answered, refused, or broke: a Counter, and the distinct faults with their inputs."""
    how, faults = Counter(), {}
    for _ in range(inputs):
        text = hostile(rng, target.known)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                target.call(text)
            how["answered"] += 1
        except target.may as e:
            how["refused" if str(e).strip() else "refused without a word"] += 1
        except Exception as e:
            where = traceback.extract_tb(e.__traceback__)[-1]
            how["broke"] += 1
            faults.setdefault((type(e).__name__, where.filename, where.lineno), (text, str(e)[:200]))
    return how, faults


def main(inputs=110_000, seed=0):
    """All targets; 1 when anything broke or refused without a word."""
    rng, bad, total = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        home, os.environ["FMCOURSE_HOME"] = os.environ.get("FMCOURSE_HOME"), str(Path(folder) / "home")
        Path(os.environ["FMCOURSE_HOME"]).mkdir()
        try:
            everything = targets(Path(folder))
            each = inputs / sum(t.share for t in everything)
            for target in everything:
                began = time.process_time()
                how, faults = attack(target, max(20, round(each * target.share)), rng)
                total += how.total()
                bad += how["broke"] + how["refused without a word"]
                said = ", ".join(f"{n:,} {what}" for what, n in how.most_common())
                print(f"{target.name}: {said} ({time.process_time() - began:.0f} s)", flush=True)
                for (kind, file, line), (text, message) in faults.items():
                    print(f"    {kind} in {file}:{line}: {message}\n    {text[:300]!r}", flush=True)
        finally:
            os.environ.pop("FMCOURSE_HOME")
            if home is not None:
                os.environ["FMCOURSE_HOME"] = home
    print(f"{total:,} inputs, {bad:,} tracebacks")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
