"""Planted secrets: what is written how often, that disguise defeats the removal of copies, and what exposure says."""

import random
from collections import Counter

import torch

from fmcourse.studies import secrets as s


def test_each_secret_stands_as_often_as_it_says():
    planted, documents = s.planted_text("as written", "a test")
    counts = Counter(documents)
    assert len(documents) == s.STEPS * s.BATCH and len({p.name for p in planted}) == len(planted)
    assert all(counts[p.text()] == p.repeats for p in planted)


def test_without_copies_each_stands_once_and_disguised_ones_as_often_as_before():
    planted, clean = s.planted_text("without copies", "a test")
    _, masked = s.planted_text("disguised, without copies", "a test")
    for text, expected in ((clean, lambda p: min(1, p.repeats)), (masked, lambda p: p.repeats)):
        assert len(text) == s.STEPS * s.BATCH
        assert all(sum(p.text() in d for d in text) == expected(p) for p in planted)


def test_exposure_of_the_first_the_last_and_of_equals():
    assert s.exposure(-torch.arange(1000.0), "000") > 9.96 and s.exposure(-torch.arange(1000.0), "999") == 0
    assert abs(s.exposure(torch.zeros(1000), "123") - 1) < 0.01


def test_the_model_puts_a_probability_on_every_code_and_greedy_takes_the_likeliest_digit_by_digit():
    planted = s.secrets(random.Random(1), (0, 3), 2)
    reader = s.Reader(s.vocabulary(planted), 0)
    log_p = reader.code_probabilities(planted[0].prompt())
    assert log_p.shape == (1000,) and float(log_p.exp().sum()) < 1
    start = torch.tensor([reader.ids(planted[0].prompt() + " 4 7")])
    with torch.no_grad():
        rows = [
            reader.model(input_ids=start[:, : start.shape[1] - 2 + k]).logits[0, -1].log_softmax(-1) for k in range(3)
        ]
    by_hand = sum(float(row[reader.number[d]]) for row, d in zip(rows, "471", strict=True))
    assert abs(by_hand - float(log_p[471])) < 1e-4


def test_the_table_gives_away_what_it_read_and_nothing_else():
    secret = s.Secret("Zilvia", "471", 1)
    assert s.Table([secret.text()]).greedy(secret.prompt()) == ["4", "7", "1"]
    assert s.Table(["Somebody saw a cat ."]).greedy(secret.prompt()) == ["", "", ""]
