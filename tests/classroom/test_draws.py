"""Draws: draw 0 is what plain seeds give, another draw is another, and a claim's line says in how many it came out."""

import json
import random

import numpy as np
import pytest
import torch

from fmcourse.classroom import claim, draws, replications, verdicts
from fmcourse.classroom.drawing import VARIABLE


@pytest.fixture
def draw(monkeypatch):
    return lambda number: monkeypatch.setenv(VARIABLE, str(number))


def numbers(name):
    d = draws(name)
    return d.random(), torch.rand(2, generator=d.torch).tolist(), d.numpy.random(2).tolist(), d.number


def test_draw_0_is_what_the_plain_seeds_give(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert draws("people").sample(range(99), 5) == random.Random("people").sample(range(99), 5)
    assert torch.equal(
        torch.rand(3, generator=draws(7).torch), torch.rand(3, generator=torch.Generator().manual_seed(7))
    )
    assert (draws(7).numpy.random(3) == np.random.default_rng(7).random(3)).all() and draws(7).number == 7


def test_names_and_draws_give_other_numbers_and_the_same_ones_again(draw):
    seen = []
    for number in (0, 1, 2, 10**6):
        draw(number)
        for name in ("a", "b", 0, 1, 10, "0", "0, draw 1"):
            assert numbers(name) == numbers(name)
            seen.append(numbers(name))
    assert len({repr(n) for n in seen}) == len(seen)
    assert len({n[0] for n in seen}) == len({n[3] for n in seen}) == len(seen)


@pytest.mark.parametrize("told", ["-1", "1.5", "two", "²"])
def test_a_draw_that_is_none_is_one_sentence(draw, told):
    draw(told)
    with pytest.raises(ValueError, match="must be a whole number from 0 on"):
        draws("x")


@pytest.mark.parametrize("name", [-1, 1.5, None, True, 2**31, b"x"])
def test_names_are_words_or_whole_numbers(name):
    with pytest.raises(ValueError, match="a word or a whole number"):
        draws(name)


def entry(*verdicts, same=False):
    return {"draws": [{"draw": i, "verdict": v, "measured": "1" if same else str(i)} for i, v in enumerate(verdicts)]}


YES, NO, SOME = verdicts.HOLDS, verdicts.FAILS, verdicts.CONDITION


@pytest.mark.parametrize(
    ("record", "here", "verdict", "words"),
    [
        (entry(*[YES] * 10), YES, YES, "replicated 10 of 10"),
        (entry(*[YES] * 9, NO), YES, YES, "replicated 9 of 10"),
        (entry(*[YES] * 8, NO, NO), YES, SOME, "it holds in 8 of 10 draws"),
        (entry(YES, *[NO] * 9), YES, NO, "it holds in 1 of 10 draws"),
        (entry(*[NO] * 10), NO, NO, "replicated 10 of 10"),
        (entry(NO, *[YES] * 9), NO, YES, "it holds in 9 of 10 draws"),
        (entry(*[YES] * 10), NO, NO, ""),  # the learner turned a dial
        (entry(*[YES] * 10, same=True), YES, YES, "the same in all 10 draws"),
        (None, YES, YES, ""),
    ],
)
def test_the_line_says_how_other_draws_came_out(monkeypatch, capsys, record, here, verdict, words):
    monkeypatch.setattr(replications, "recorded", lambda: {"S2": record} if record else {})
    claim("S2", "a sentence", here, 0.5, n=8)
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"S2 {verdict}: a sentence"
    assert second == "  measured: 0.5, n = 8, live" + (f"; {words}" if words else "")


def test_other_draws_and_recorded_claims_are_told_as_they_are(monkeypatch, capsys, draw):
    monkeypatch.setattr(replications, "recorded", lambda: {"S2": entry(YES, *[NO] * 9)})
    claim("S2", "a sentence", True, 0.5, n=8, tier="recorded")
    draw(3)
    claim("S2", "a sentence", True, 0.5, n=8)
    assert "draws" not in capsys.readouterr().out


def test_a_claim_never_raises_whatever_the_record_holds(monkeypatch, capsys, draw, tmp_path):
    file = tmp_path / "replications.json"
    monkeypatch.setattr(replications, "file", lambda: file)
    for content in ("", "{", '{"claims": []}', '{"claims": {"S2": {}}}', '{"claims": {"S2": {"draws": []}}}'):
        file.write_text(content)
        replications._read.cache_clear()
        claim("S2", "a sentence", True, 0.5, n=8)
    draw("nonsense")
    claim("S2", "a sentence", True, 0.5, n=8)
    assert capsys.readouterr().out.count("S2 holds") == 6


def cell(*lines):
    return {"cell_type": "code", "source": list(lines)}


def test_the_digest_is_of_the_code_up_to_the_claim():
    one = {"cells": [cell("import a\n", "x = 1"), cell("claim('S2', 's', x, 1, n=1)"), cell("y = 2")]}
    same = {"cells": [cell("import b\n", "x = (1)  # one"), cell("claim('S2', 's', x, 1,  n=1)"), cell("y = 3")]}
    other = {"cells": [cell("x = 2"), cell("claim('S2', 's', x, 1, n=1)")]}
    assert replications.code_until(one, "S2") == replications.code_until(same, "S2") is not None
    assert replications.code_until(one, "S2") != replications.code_until(other, "S2")
    assert replications.code_until(one, "S3") is None
    guessed = cell("import a\n", "x = 1\n", "predict('00.x', 7)")
    beside = {"cells": [cell("if a:\n    b()\n", "classroom.begin()"), guessed, *one["cells"][1:]]}
    assert replications.code_until(beside, "S2") == replications.code_until(one, "S2")
    used = {"cells": [cell("x = predict('00.x', 7)"), *one["cells"][1:]]}
    assert replications.code_until(used, "S2") != replications.code_until(one, "S2")


def test_what_is_missing_is_said(monkeypatch):
    nb = {"cells": [cell("claim('S2', 's', x, 1, n=1)"), cell("claim('S4', 's', x, 1, n=1, tier='recorded')")]}
    code = replications.code_until(nb, "S2")
    for record, words in (
        ({}, "settled in 0 draws; 10 are needed: fmcourse replicate 00"),
        ({"S2": {"code": code, **entry(*[YES] * 9)}}, "settled in 9 draws"),
        ({"S2": {"code": "older", **entry(*[YES] * 10)}}, "with other code of the notebook"),
    ):
        monkeypatch.setattr(replications, "recorded", lambda record=record: record)
        (said,) = replications.faults(nb, "00")
        assert words in said
    monkeypatch.setattr(replications, "recorded", lambda: {"S2": {"code": code, **entry(*[YES] * 10)}})
    assert replications.faults(nb, "00") == []


def test_the_record_is_whole():
    for id, told in replications.recorded().items():
        assert [d["draw"] for d in told["draws"]] == list(range(len(told["draws"]))), id
    assert (
        not replications.recorded()
        or json.loads(replications.file().read_text(encoding="utf-8"))["command"] == "fmcourse replicate"
    )
