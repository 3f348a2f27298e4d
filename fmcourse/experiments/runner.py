"""Run an experiment: every setting of its plan once, resumed after a stop, and recorded at the end.

Rows that were made by other code are never taken up: unfinished runs carry the fingerprint of all that they hang on.
"""

import contextlib
import json
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from fmcourse import evidence
from fmcourse.machine import machine
from fmcourse.paths import course_root


def names() -> list[str]:
    """Every experiment."""
    here = Path(__file__).parent
    return sorted(m.name for m in iter_modules([str(here)]) if m.name not in ("runner", "commands"))


def experiment(name: str) -> ModuleType:
    """The file of an experiment. Raises `LookupError` with those there are."""
    if name not in names():
        raise LookupError(f"There is no experiment called {name!r}; there are: {', '.join(names())}.")
    return import_module(f"fmcourse.experiments.{name}")


def run(name: str, at_most: int | None = None, say=print) -> Path | None:
    """Make what is left of the rows of `name` and record them; `at_most` settings in this call, then None is returned.

    Rows of a record that still verifies count as made, so that a longer plan only adds to it.
    """
    there = experiment(name)
    code, data = evidence.code_of(name), evidence.data_of(getattr(there, "DATA", ()))
    kept, mark = course_root() / "build" / "experiments" / f"{name}.jsonl", evidence.fingerprint(code, data)
    kept.parent.mkdir(parents=True, exist_ok=True)
    rows = [row for line in _lines(kept) if line.get("fingerprint") == mark for row in line["rows"]]
    with contextlib.suppress(FileNotFoundError):
        if not evidence.verify(name):
            rows = evidence.recorded(name)["rows"] + rows
    done = 0
    with _one_thread():  # these models are so small that a second thread only costs
        for settings in there.plan(rows):
            if any(settings.items() <= row.items() for row in rows):
                continue
            if at_most is not None and done == at_most:
                say(f"{name}: stopped after {done} settings; the same command goes on.")
                return None
            began = time.process_time()
            made = _plain(_as_rows(there.make(**settings)))
            rows += made
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"fingerprint": mark, "settings": settings, "rows": made}) + "\n")
            done += 1
            say(f"{name}: {settings}, {time.process_time() - began:.0f} s of the processor", flush=True)
    keep = getattr(there, "keep", lambda row: True)
    path = evidence.record(name, [row for row in rows if keep(row)], machine(), code, data)
    kept.unlink(missing_ok=True)
    return path


def differences(name: str, say=print, record: str | None = None) -> list[str]:
    """Make the cheap row of an experiment again; a sentence for each number that is not within the tolerance.

    `record` is the record to compare with, where it has another name.
    """
    wrong, tolerance, there = [], experiment(name).TOLERANCE, experiment(name)
    with _one_thread():
        for what, then, now in there.replay(evidence.recorded(record or name)["rows"]):
            say(f"{name}: {what}: then {then:.4f}, now {now:.4f}, tolerance {tolerance:g}", flush=True)
            wrong += (
                []
                if abs(then - now) <= tolerance
                else [f"Evidence {name}: {what} was {then:.4f} and is {now:.4f}; more than {tolerance:g} apart."]
            )
    return wrong


def row_of(rows: list[dict], **key) -> dict:
    """The first row with these values. Raises `LookupError` when there is none."""
    for row in rows:
        if key.items() <= row.items():
            return row
    raise LookupError(f"no row has {key}.")


def mean(numbers) -> float:
    """The mean of some numbers."""
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def _as_rows(made) -> list[dict]:
    return [made] if isinstance(made, dict) else list(made)


def _plain(rows: list[dict]) -> list[dict]:
    """As JSON gives them back, so that a resumed run equals one that was not stopped."""
    return json.loads(json.dumps(rows, default=lambda value: value.item() if hasattr(value, "item") else str(value)))


def _lines(file: Path) -> list[dict]:
    """The whole lines of an unfinished run; one that a crash cut off is left out."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found


def _one_thread():
    from fmcourse.training.fit import threads

    return threads(1)
