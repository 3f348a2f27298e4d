"""Prices are exact: they sum to one where everything can be enumerated, and agree with counts where it cannot."""

import math
from collections import Counter
from itertools import combinations, islice

import pytest

from fmcourse.world import KINDS, Dials, World


def shrunk(world: World) -> World:
    """The same grammar over few words, so that every text can be written down."""
    world.lengths = {
        "list": range(2, 4),
        "labelling": range(1, 4),
        "repeat": range(3, 6),
        "recall": range(2, 4),
        "reading": range(1, 3),
        "rating": range(2, 3),
    }
    world.listed = ("capital", "class")
    world._listed = {name: world.subjects(name)[:4] for name in world.listed}
    world.categories = {
        "fruit": ["apple", "pear", "plum"],
        "tool": ["saw", "rake", "axe"],
        "body": ["hand", "foot", "arm"],
    }
    world.category_pairs = list(combinations(sorted(world.categories), 2))
    world.label_pairs = [("zub", "mip"), ("mip", "zub"), ("mip", "lor"), ("lor", "mip")]
    world.label_partners = {"zub": 1, "mip": 2, "lor": 1}
    world.things = ["apple", "saw", "hand", "oak"]
    world.keys = ["apple", "saw", "hand"]
    world.strangers = ["Anwi", "Arvo"]
    world.storied = {who: names[:2] for who, names in world.storied.items()}
    world.films = world.films[:5]
    world.nouns = ["cat", "star"]
    world.adjectives_of = {"cat": ["small", "black"], "star": ["white"]}
    world.small_sums = [(1, "+", 2), (3, "-", 1)]
    world.functions = [("add", 2), ("above", 2), ("multiply", 3), ("subtract", 3)]
    return world


SKIPPED = {
    "arithmetic",
    "tool",
    "instruct",
    "dialogue",
    "summary",
    "story",
    "review",
    "finance",
}  # too wide even so; counted below


@pytest.fixture(scope="module")
def small() -> World:
    return shrunk(World(Dials(people=20, moons=6)))


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in SKIPPED])
def test_every_text_of_a_small_grammar_has_its_exact_price_and_all_sum_to_one(small, kind):
    claimed: dict[str, float] = {}
    summed: Counter[str] = Counter()
    for text, nats, path_nats in small.enumerate(kind):
        assert claimed.setdefault(text, nats) == pytest.approx(nats, abs=1e-12), "one text, two prices"
        summed[text] += math.exp(-path_nats)
    for text, p in summed.items():
        assert math.exp(-claimed[text]) == pytest.approx(p, rel=1e-9), text
    assert sum(math.exp(-nats) for nats in claimed.values()) == pytest.approx(1, abs=1e-9)
    assert len(claimed) > 3


def test_no_text_belongs_to_two_kinds(small):
    owner: dict[str, str] = {}
    for kind in KINDS:
        if kind not in SKIPPED:
            for text in {text for text, _, _ in small.enumerate(kind)}:
                assert owner.setdefault(text, kind) == kind, text


def test_hidden_choices_are_summed_not_charged(small):
    """The check above could not fail if `labelling` showed everything: most of its one-sided texts have many paths."""
    paths = Counter(text for text, _, _ in small.enumerate("labelling"))
    assert max(paths.values()) > 1


@pytest.mark.parametrize("kind", ["labelling", "rating"])
def test_a_wrong_price_is_noticed(small, kind, monkeypatch):
    weight, write = KINDS[kind]

    def dearer(d, w):
        write(d, w)
        d.nats += 1e-6

    monkeypatch.setitem(KINDS, kind, (weight, dearer))
    total = sum(math.exp(-nats) for nats in {t: n for t, n, _ in small.enumerate(kind)}.values())
    assert abs(total - 1) > 1e-7


@pytest.mark.law
def test_prices_agree_with_counts_over_200_000_samples():
    """In the real world: how often the most frequent texts come up is what their price says, within 5 standard
    errors.
    """
    world, n = World.default(), 200_000
    seen, price = Counter(), {}
    for document in islice(world.documents(seed=11), n):
        seen[document.text] += 1
        price[document.text] = document.nats
    common = [t for t, c in seen.most_common(400)]
    assert len(common) == 400 and seen[common[-1]] >= 10
    expected = sum(n * math.exp(-price[t]) for t in price if n * math.exp(-price[t]) > 10)
    found = sum(seen[t] for t in price if n * math.exp(-price[t]) > 10)
    assert abs(found - expected) < 5 * math.sqrt(expected)
    off = [
        (seen[t] - n * math.exp(-price[t])) / math.sqrt(n * math.exp(-price[t]))
        for t in price
        if n * math.exp(-price[t]) > 10
    ]
    assert sum(x * x for x in off) / len(off) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("kind", sorted(SKIPPED))
def test_wide_kinds_cost_what_an_independent_count_of_their_repeats_says(kind):
    """E[p(x)] is the chance that two independent documents are equal; for wide grammars shrink it by one dial and
    compare.

    Where no two documents meet, the entropy must at least exceed log of the number of samples' pairs.
    """
    world, n = World(Dials(people=20, moons=6)), 20_000
    shrunk(world)
    world.keys = ["apple", "saw", "hand"]
    documents = list(islice(world.documents(seed=3, kinds=[kind]), n))
    base = -math.log(world.kind_share(kind))
    counts = Counter(d.text for d in documents)
    meetings = sum(c * (c - 1) for c in counts.values()) / (n * (n - 1))
    prices = [math.exp(-(d.nats - base)) for d in documents]
    expected = sum(prices) / n
    spread = math.sqrt(2 * expected / (n * (n - 1))) + (sum((p - expected) ** 2 for p in prices) / n / n) ** 0.5 * 3
    assert abs(meetings - expected) < 5 * spread + 1e-12, (meetings, expected)


def test_forced_choices_cost_nothing():
    from random import Random

    from fmcourse.world import Draw

    d = Draw(Random(0))
    d.pick(["only"])
    d.sample(["only"], 1)
    assert d.nats == 0.0


def test_duplicates_are_priced_by_both_ways_they_can_arise():
    world = World(Dials(duplication=0.5, copies=2, people=20, moons=3))
    n = 4000
    documents = list(islice(world.documents(seed=1, kinds=["borders"]), n))
    counts, price = Counter(d.text for d in documents), {d.text: d.nats for d in documents}
    fresh = {text: math.exp(-nats) for text, nats, _ in world.enumerate("borders")}
    copied = [text for text, _ in counts.most_common(2)]
    for text in copied:
        share = 0.5 * fresh[text] + 0.5 / 2
        assert abs(counts[text] / n - share) < 5 * math.sqrt(share / n)
        # the stated price is that of the whole world, where a fresh document is seldom of this kind
        assert math.exp(-price[text]) == pytest.approx(0.5 * fresh[text] * world.kind_share("borders") + 0.25, rel=1e-9)
    other = next(text for text in counts if text not in copied)
    assert math.exp(-price[other]) == pytest.approx(0.5 * fresh[other] * world.kind_share("borders"), rel=1e-9)


@pytest.mark.parametrize("dials", [{"skew": 2}, {"noise": -0.1}, {"people": 3}, {"moons": 0}])
def test_a_dial_out_of_range_is_refused(dials):
    with pytest.raises(ValueError, match="must"):
        Dials(**dials)


def test_unknown_kinds_are_named():
    with pytest.raises(ValueError, match="poem"):
        next(World.default().documents(0, kinds=["poem"]))


def test_the_same_seed_gives_the_same_documents_in_a_fresh_process():
    import os
    import subprocess
    import sys

    code = (
        "from fmcourse.world import World\nfrom itertools import islice\n"
        "print([d.text for d in islice(World.default().documents(5), 20)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
