"""`fmcourse evidence list | verify | record | replay | rebind`: what each says, and its exit code."""

import sys

from fmcourse import evidence
from fmcourse.experiments import runner


def list_all() -> int:
    """A line for each record and for each experiment that is not recorded."""
    for name in sorted({*evidence.names(), *runner.names()}):
        if name not in evidence.names():
            print(f"{name:14} not recorded yet: fmcourse evidence record {name}")
            continue
        entry = evidence.recorded(name)
        again = f", bound anew {len(entry['rebound'])} times" if entry.get("rebound") else ""
        print(
            f"{name:14} {len(entry['rows']):4} rows, {entry['machine'].get('date', 'no date')}, hangs on "
            f"{len(entry['code'])} functions and constants and {len(entry['data'])} files{again}"
        )
    return 0


def verify(names: list[str]) -> int:
    """A sentence for each fault; 1 when there is one, 2 for an unknown record."""
    if (bad := _unknown(names, evidence.names())) is not None:
        return bad
    said = [sentence for name in names or evidence.names() for sentence in evidence.verify(name)]
    print("\n".join(said) or f"{len(names or evidence.names())} records match what made them.")
    return 1 if said else 0


def make(name: str, at_most: int | None) -> int:
    """Run an experiment; 130 after Ctrl-C (what was made is kept), 2 for an unknown one."""
    if (bad := _unknown([name], runner.names())) is not None:
        return bad
    try:
        path = runner.run(name, at_most)
    except KeyboardInterrupt:
        print(f"\n{name}: stopped; what was made is kept, and the same command goes on.", file=sys.stderr)
        return 130
    if path:
        print(f"{name} is recorded in {path.name}.")
    return 0


def replay(names: list[str]) -> int:
    """Replay records; 1 when a number does not come out again, 2 for an unknown one."""
    if (bad := _unknown(names, evidence.names())) is not None:
        return bad
    wrong = [sentence for name in names or evidence.names() for sentence in runner.differences(name)]
    print("\n".join(wrong))
    return 1 if wrong else 0


def rebind(old: str, new: str, why: str) -> int:
    """Bind `old` to moved code, as `new`; 1 with one sentence when it is refused."""
    if (bad := _unknown([old], evidence.names())) is not None:
        return bad
    replayed: list[str] = []
    try:
        evidence.check_moved(old, new)  # before seconds are spent
        wrong = runner.differences(new, lambda line, **_: replayed.append(line), record=old)
        if wrong:
            raise ValueError(wrong[0])
        path = evidence.rebind(old, new, replayed, why)
    except (ValueError, OSError, LookupError) as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"{old} is bound to what {new} reaches now, in {path.name}: {'; '.join(replayed)}")
    return 0


def _unknown(names: list[str], there: list[str]) -> int | None:
    missing = [name for name in names if name not in there]
    if missing:
        print(f"There is no {missing[0]}; there are: {', '.join(there)}.", file=sys.stderr)
    return 2 if missing else None
