"""Write `data/world/`: the facts as tables, a readable sample, counts and digests. The same bytes each time.

python -m fmcourse.world.build            writes the folder
python -m fmcourse.world.build --check    compares it with what would be written; 1 when something differs
"""

import argparse
import csv
import hashlib
import io
import json
from itertools import islice
from pathlib import Path
from typing import Any

from fmcourse.paths import data_dir
from fmcourse.world.audit import KNOWN
from fmcourse.world.kinds import KINDS
from fmcourse.world.world import World

SAMPLE_PER_KIND = 5
# what world-gpt read that comes near to something withheld, counted once with `fmcourse verbatim`: it takes a minute
READ = {
    "read": 1_431_987,
    "claims": 1_296,
    "true": 32,
    "said": 16,
    "near_true": 13,
    "twins": 685,
    "twin_least": 37,
    "called": 5,
    "calls": 6,
}
COUNTED = 20_000

README = """\
# The small world

Everything that the shipped models know was written by `fmcourse/world`. This folder is a readable extract, made by

    python -m fmcourse.world.build

and the same to the last byte on every machine. Documents themselves are not stored: `World.default().documents(seed)`
writes as many as you like, each with its exact price (-log p, in nats) and its truth.

| file | what |
| --- | --- |
| `facts.csv` | every fact: relation, subject, object, whether the object is asked for in questions, which phrasing is withheld |
| `sample.jsonl` | {sample} documents of each kind: text, price, prompt, answer |
| `kinds.csv` | every kind: its share of the documents, mean price, mean characters, what it is |
| `withheld.json` | what never occurs in any document |
| `digests.json` | SHA-256 of these files and of the first {counted:,} documents of seed 0 |

## What is withheld, so that knowing can be told from remembering

| withheld | how much | what it measures |
| --- | --- | --- |
| one forward phrasing for each subject and relation | {facts:,} sentences | facts in a phrasing never paired with them |
| the reversed phrasing, for one subject in five | {reversed} sentences | whether "A is B" gives "B is A" |
| questions, for one subject in five of each relation | {unasked} questions | answering what was only ever stated |
| two-hop questions about {held} of the {people} people, in any form | {held} people | reasoning step by step |
| the same people in lists | {held} people | |
| pairs of labels | {labels} of {all_labels} pairs | learning labels from the prompt |
| lists of the relations {unlisted} | {n_unlisted} relations | a known fact in a new format |
| pairs of noun and adjective in translation | {pairs} of {all_pairs} pairs | agreement by rule, not by heart |
| small sums with a two-digit number | {sums} problems | arithmetic on unseen problems |
| Python functions | {functions} specifications | code for unseen specifications |

`python -m fmcourse.world.audit` proves from the texts that none of it occurs, but for the one leak that is named below.
It compares words, without regard to capital letters, white space, quotation marks, "an" for "a" and final punctuation.

## What comes near to it

Counted in the {read:,} documents that `world-gpt` read in training; `fmcourse verbatim` counts again.

- **A known leak.** For {leaked} facts ({leaks}) a dialogue says the withheld phrasing:
  "{example}" Such a user names any object. Of {claims:,} such claims about these facts
  {true} name the true object, for {said} of the facts. The models were trained on it, so it is counted and not yet mended.
  Since {since}; until {until}.
- **One word short of it.** "I think the currency of Chile is peso" lacks the "the" of the phrasing that is withheld for
  {near} countries; {near_true} dialogues say so truly. The audit does not look for this.
- **Sums with their numbers exchanged.** A sum is withheld in its order and with its result. Of the {sums} problems {plus}
  are sums, and none of their twins is withheld: "Compute 12 + 6 = 18" may be read, "Compute 6 + 12 =" may not. {twins}
  documents hold a twin, at least {twin_least} for each. Who has learned that order does not matter can look these {plus} up;
  the {minus} differences have no twin. The audit does not look for twins, since no rule withholds them.
- **Sums without a result.** A calculator is called with {called} of the {plus} sums, in {calls} documents: "Call: calculator
  (6 + 12)". No result follows, so this is no leak.

Another seed draws other documents. But a kind with few texts draws many of them again: how many items of each test had
been read in training stands in `data/models/README.md`.

## What is real and what is not

Countries, animals and materials are real, cut to one value for each relation (a country's most used language, for
example). People, strangers, moons, planets, films, firms, drugs and games are invented, and nothing is said about any
real person.
"""  # noqa: E501 (rows of a table stand on one line)


def files() -> dict[str, bytes]:
    """Name and content of every file of `data/world`."""
    world = World.default()
    out: dict[str, bytes] = {}
    rows: list[list[Any]] = [
        ["relation", "group", "subject", "object", "asked in questions", "withheld phrasing", "reversed withheld"]
    ]
    for name, relation in world.relations.items():
        for subject, value in relation.values.items():
            asked = relation.group != "moon" and subject in world.asked_subjects(name)
            rows.append(
                [
                    name,
                    relation.group,
                    subject,
                    value,
                    asked,
                    relation.forward[relation.withheld_forward(subject)],
                    relation.reverse_withheld(subject),
                ]
            )
    out["facts.csv"] = _csv(rows)
    sample, table = [], [["kind", "share of documents", "mean nats", "mean characters", "what it is"]]
    for kind, (_, write) in KINDS.items():
        documents = list(islice(world.documents("counts", kinds=[kind]), 500))
        sample += [
            {"kind": d.kind, "nats": round(d.nats, 6), "text": d.text, "prompt": d.prompt, "answer": d.answer}
            for d in documents[:SAMPLE_PER_KIND]
        ]
        table.append(
            [
                kind,
                f"{world.kind_share(kind):.4f}",
                f"{sum(d.nats for d in documents) / 500:.2f}",
                f"{sum(len(d.text) for d in documents) / 500:.1f}",
                write.__doc__.split("\n")[0],  # type: ignore[union-attr]  # ruff holds that each has one
            ]
        )
    out["sample.jsonl"] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in sample).encode()
    out["kinds.csv"] = _csv(table)
    withheld: dict[str, list[Any]] = {
        "two_hop_people": world.two_hop_withheld,
        "label_pairs": world.withheld_label_pairs,
        "sums": world.withheld_sums,
        "functions": world.withheld_functions,
        "relations_never_listed": [r for r in world.relations if r not in world.listed],
        "noun_adjective_pairs": _pairs(world),
    }
    out["withheld.json"] = (json.dumps(withheld, indent=1, ensure_ascii=False) + "\n").encode()
    facts = [(r, s) for r in world.relations.values() for s in r.values]
    unlisted = withheld["relations_never_listed"]
    out["README.md"] = README.format(
        sample=SAMPLE_PER_KIND,
        counted=COUNTED,
        facts=len(facts),
        held=len(world.two_hop_withheld),
        people=len(world.people),
        reversed=sum(r.reverse_withheld(s) for r, s in facts),
        unasked=sum(r.group != "moon" and s not in world.asked_subjects(r.name) for r, s in facts),
        labels=len(world.withheld_label_pairs),
        all_labels=len(world.withheld_label_pairs) + len(world.label_pairs) // 2,
        unlisted=", ".join(unlisted),
        n_unlisted=len(unlisted),
        pairs=len(withheld["noun_adjective_pairs"]),
        all_pairs=len(world.nouns) * 12,
        sums=len(world.withheld_sums),
        functions=len(world.withheld_functions),
        **_near(world),
    ).encode()
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(out.items())}
    stream = hashlib.sha256()
    for document in islice(world.documents(0), COUNTED):
        stream.update(f"{document.kind}\t{document.text}\t{document.nats:.9f}\n".encode())
    digests["documents of seed 0"] = stream.hexdigest()
    out["digests.json"] = (json.dumps(digests, indent=1) + "\n").encode()
    return out


def _near(world: World) -> dict[str, object]:
    """What the README says of texts near to what is withheld."""
    (known,) = KNOWN
    plus = [(a, b) for a, op, b in world.withheld_sums if op == "+"]
    if any((b, "+", a) in world.withheld_sums for a, b in plus):
        raise ValueError("a withheld sum has a withheld twin; the README says that none has.")
    currency = world.relations["currency"]
    near = [
        s
        for s in world.asked_subjects("currency")
        if currency.forward[currency.withheld_forward(s)] == "The currency of {s} is the {o}."
    ]
    return READ | {
        "leaked": sum(known.facts.values()),
        "example": known.example,
        "since": known.since,
        "until": known.until,
        "leaks": " and ".join(f"{n} {name}s" for name, n in known.facts.items()),
        "near": len(near),
        "plus": len(plus),
        "minus": len(world.withheld_sums) - len(plus),
    }


def _pairs(world: World) -> list[tuple[str, str]]:
    from fmcourse.world.kinds.language import ADJECTIVES

    return [(n, a) for n in world.nouns for a in ADJECTIVES if a not in world.adjectives_of[n]]


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def differences(folder: Path) -> list[str]:
    """The names of files in `folder` that are not what would be written."""
    return [
        name
        for name, content in files().items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]


def main() -> int:
    """Write or check the folder."""
    parser = argparse.ArgumentParser(description="Write data/world, the same bytes each time.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    folder = data_dir() / "world"
    if parser.parse_args().check:
        changed = differences(folder)
        print("differs: " + ", ".join(changed) if changed else "data/world is what the world writes.")
        return bool(changed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (folder / name).write_bytes(content)
    print(f"wrote {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
