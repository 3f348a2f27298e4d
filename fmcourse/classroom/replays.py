"""Make one cheap row of a record again, and say how far it lies from the recorded one.

    python -m fmcourse.classroom.replays                       every record that has a replay
    python -m fmcourse.classroom.replays transfer race         these
    python -m fmcourse.classroom.replays --rebind "why" race   ... and bind the record to the present files

A record is bound to the bytes of its sources, so that any edit there voids it. An edit that cannot change a number (a
device that can be chosen, an argument's new name) is no reason to train for hours: `rebind` binds the record to the
present files after its replay came out within the tolerance, and leaves a line in the record that says so.

But: one row speaks for its kind only; who changes what is measured records again.
"""
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice

from fmcourse.classroom import evidence

Found = Iterator[tuple[str, float, float]]  # what, then, now
_replays: dict[str, tuple[Callable[[list[dict]], Found], float]] = {}


def replay(name: str, tolerance: float):
    """Register a generator of (what, then, now) for the record `name`; |then - now| may be up to `tolerance`."""

    def register(function):
        _replays[name] = function, tolerance
        return function

    return register


def names() -> list[str]:
    """The records that can be replayed."""
    return sorted(_replays)


def differences(name: str) -> list[str]:
    """A sentence for each number that does not come out again; empty when all do. Prints each with the seconds."""
    from fmcourse.training.fit import threads

    function, tolerance = _replays[name]
    wrong, began = [], time.process_time()
    with threads(1):  # as the recorders do
        for what, then, now in function(evidence.recorded(name)["rows"]):
            print(f"{name}: {what} then {then:.4f}, now {now:.4f} ({time.process_time() - began:.0f} s)", flush=True)
            if not abs(then - now) <= tolerance:
                wrong.append(f"{name}: {what} was {then:.4f} and is {now:.4f}, more than {tolerance} apart.")
    return wrong


def _row(rows: list[dict], **key) -> dict:
    return next(r for r in rows if key.items() <= r.items())


def _gpt():
    from fmcourse.models import load

    return load("world-gpt", device="cpu")


@replay("induction", tolerance=0.05)
def _induction(rows: list[dict]) -> Found:
    from fmcourse.training import induction

    then, now = _row(rows, layers=2, seed=0), induction.trial(2, 0)
    yield "2 layers, seed 0, share right", then["right"], now["right"]
    yield "2 layers, seed 0, nats", then["loss"], now["loss"]


@replay("marked", tolerance=0.35)  # points; 304 drawn texts, whose mean scatters by 0.1
def _marked(rows: list[dict]) -> Found:
    from fmcourse.training import marked

    then = _row(rows, seed=1, marked=False)
    now = marked.pretrained_with_preferences(_gpt().tokenizer, False, 1)
    yield "no mark, seed 1, mean worth", then["true"]["no mark"], now["true"]["no mark"]


@replay("narrow", tolerance=0.1)  # 200 items after a short training
def _narrow(rows: list[dict]) -> Found:
    from fmcourse.models import train_tokenizer
    from fmcourse.training import narrow
    from fmcourse.world import World

    world = World.default()
    items = {"review": narrow.test_items(world, "review", 200)}
    then = _row(rows, task="review", steps=narrow.SHORT, seed=0)
    now = narrow.row(world, train_tokenizer(world), "review", narrow.SHORT, 0, items)
    yield "review, short, accuracy", then["accuracy"]["review"], now["accuracy"]["review"]


@replay("pretext", tolerance=0.05)  # 1,000 pictures
def _pretext(rows: list[dict]) -> Found:
    from fmcourse.training import image_sets, pretext

    task, data = "masked patches", image_sets.textures(0)
    encoder, _, _ = pretext.pretrain(task, data.pool, 0)
    for now in pretext.probes(data, encoder, 0, per_class=(10,)):
        then = _row(rows, data="textures", task=task, seed=0, per_class=10)
        yield f"{task}, seed 0, 10 labels a class", then["accuracy"], now["accuracy"]


@replay("transfer", tolerance=0.03)  # 300 texts
def _transfer(rows: list[dict]) -> Found:
    from fmcourse.training import transfer
    from fmcourse.training.tasks import tasks

    for method, labels in (("head", 64), ("LoRA", 32)):
        then = _row(rows, what="new", task="pets", method=method, labels=labels, seed=1)
        now = transfer.row_new(_gpt(), tasks()["pets"], method, labels, 1, transfer.best_rates(rows))
        yield f"pets, {method}, {labels} labels, seed 1", then["accuracy"], now["accuracy"]


def _mean(numbers) -> float:
    return sum(numbers) / len(numbers)


@replay("feedback", tolerance=0.12)  # points; 1,408 drawn texts, whose mean scatters by 0.03
def _feedback(rows: list[dict]) -> Found:
    from fmcourse.training import feedback

    for now in islice(feedback.trial(_gpt(), 0), 2):
        then = next(r for r in rows if r["seed"] == 0 and r["what"] == now["what"])
        yield f"seed 0, {now['what']}, true reward", _mean(then["true"]), _mean(now["true"])


@replay("race", tolerance=0.2)  # points; 704 drawn texts, and best of 2
def _race(rows: list[dict]) -> Found:
    from fmcourse.training import race

    for now in islice(race.trial(_gpt(), 3), 2):
        then = next(r for r in rows if r["seed"] == 3 and r["what"] == now["what"])
        yield f"seed 3, {now['what']}, true reward", _mean(then["true"]), _mean(now["true"])


@replay("verifiable", tolerance=0.08)  # pass@1 after a short training; also measured live in notebook 13
def _verifiable(rows: list[dict]) -> Found:
    from fmcourse.training import verifiable

    then, now = _row(rows, task="hops", how="short", seed=0), verifiable.trial("hops", "short", 0)
    for when in ("before", "after"):
        yield f"hops, short, pass@1 {when}", then[when]["pass@1"], now[when]["pass@1"]


@replay("injection", tolerance=0.02)  # greedy, 200 cases
def _injection(rows: list[dict]) -> Found:
    from fmcourse.prompting import injection
    from fmcourse.world import World

    loaded, asked = _gpt(), injection.cases(World.default(), 200)
    for defence in ("none", "sandwich"):
        then = _row(rows, defence=defence, attack="plain order")
        now = injection.measure(loaded.model, loaded.tokenizer, asked, injection.ATTACKS["plain order"],
                                injection.DEFENCES[defence])
        for what in ("right", "hijacked"):
            yield f"{defence} against a plain order, {what}", then[what], now[what]


@replay("prompt_table", tolerance=0.03)  # one greedy column, and one that is drawn
def _prompt_table(rows: list[dict]) -> Found:
    from fmcourse.prompting import techniques
    from fmcourse.world import World

    loaded, asked = _gpt(), techniques.tasks(World.default())
    for name in ("input and arrow", "temperature 1", "4 beams"):
        technique, task = next(t for t in techniques.TECHNIQUES if t.name == name), asked["other facts"]
        then = _row(rows, technique=name, task=task.name)
        yield f"{name}, {task.name}", then["share"], techniques.cell(loaded, task, technique).share


def main(arguments: list[str]) -> int:
    """Replay the named records (none: all); with `--rebind WHY` bind those that came out to the present files."""
    why = None
    if "--rebind" in arguments:
        at = arguments.index("--rebind")
        why, arguments = arguments[at + 1], arguments[:at] + arguments[at + 2:]
    code = 0
    for name in arguments or names():
        wrong = differences(name)
        for sentence in wrong:
            print(sentence, file=sys.stderr)
        code |= bool(wrong)
        if why and not wrong:
            evidence.rebind(name, why)
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
