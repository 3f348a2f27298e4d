"""Choosers and judges: texts from a shrinking batch, counts of words, places and lengths, the records."""

import pytest
import torch

from fmcourse.evidence import recorded
from fmcourse.models.loading import load
from fmcourse.studies import choosers, feedback, judges
from fmcourse.tasks import annotators
from fmcourse.training import policy, preferences
from fmcourse.training.preferences import Pair
from fmcourse.world import World


def test_one_text_is_drawn_as_policy_sample_draws_it():
    start = load("world-gpt", device="cpu")
    for seed in range(4):
        one, two = (torch.Generator().manual_seed(seed) for _ in range(2))
        mine = choosers.drawn(start, "whale", 1, one)
        theirs = policy.sample(start.model, start.tokenizer, [annotators.prompt("whale")], n=1,
                               max_new_tokens=feedback.LONGEST, generator=two).texts  # fmt: skip
        assert mine == [t.strip() for t in theirs]


def test_texts_of_a_shrinking_batch_are_as_likely_as_those_of_a_whole_one():
    """Rows of the cache that were mixed up would give texts that the model finds unlikely."""
    start = feedback.tuned_start(load("world-gpt", device="cpu"), 0, demonstrations=64)
    mine = choosers.drawn(start, "horse", 150, torch.Generator().manual_seed(1))
    theirs = feedback.write(start, ["horse"], 150, 2)[0]
    assert len({len(t.split()) for t in mine}) > 3, "texts of many lengths"
    with torch.no_grad():
        one, two = (preferences.text_logps(start.model, start.tokenizer, [annotators.prompt("horse")] * 150, texts)
                    for texts in (mine, theirs))  # fmt: skip
    assert abs(float(one.mean() - two.mean())) < 4 * float((one.var() / 150 + two.var() / 150) ** 0.5)
    mixed = [" ".join(a.split()[:6] + b.split()[6:]) for a, b in zip(mine, reversed(mine), strict=True)]
    with torch.no_grad():
        worse = preferences.text_logps(start.model, start.tokenizer, [annotators.prompt("horse")] * 150, mixed)
    assert float(one.mean() - worse.mean()) > 4 * float((one.var() / 150 + worse.var() / 150) ** 0.5)


def test_words_find_what_was_chosen():
    pairs = [Pair("p", "It eats krill", "It eats mice"), Pair("p", "krill", "It"), Pair("p", "a krill", "a mice")] * 4
    score = choosers.word_counts(pairs)(["p"] * 3, ["krill", "mice", "whale"])
    assert score[0] > 0 > score[1] and score[2] == 0


def test_padding_is_free_and_a_repetition_is_not():
    for text in ("It eats krill.", "This is the whale. It eats krill.", "It eats krill. I hope this helps."):
        worth = [annotators.count(World.default(), "whale", t).worth
                 for t in (text, judges.padded("whale", text), judges.repeated("whale", text))]  # fmt: skip
        assert worth[0] == worth[1] == worth[2] + 0.5
        assert judges.padded("whale", judges.padded("whale", text)) == judges.padded("whale", text)


QUESTIONS = [("whale", "It eats krill.", "It eats mice."), ("whale", "It eats mice.", "It eats krill. It is a mammal."),
             ("whale", "It is a mammal.", "It is a fish."), ("cow", "It eats grass.", "It eats mice."),
             ("cow", "It eats grass. It is a mammal.", "It eats mice. It is a fish."),
             ("cow", "It eats mice.", "It.")]  # fmt: skip
LONGER = [("whale", "It eats krill. It eats krill.", "It eats krill.")] * 3


def test_a_judge_that_only_sees_the_place_is_found_out():
    seen = judges.habits(lambda questions: torch.ones(len(questions)), QUESTIONS, LONGER, LONGER, 6)
    assert seen["hangs"] == 1.0 and seen["first"] == 1.0 and seen["agree_both"] == 0.5


def test_a_judge_that_only_sees_the_length_is_found_out_and_mended():
    judge = judges.reading_each(lambda prompts, texts: torch.tensor([float(len(t.split())) for t in texts]))
    seen = judges.habits(judge, QUESTIONS, LONGER, LONGER, 6)
    assert seen["hangs"] == 0.0 and seen["first"] == 0.5 and seen["padded"] == 1.0
    assert seen["word"] == pytest.approx(1.0) and abs(seen["worth"]) < 1e-6 and seen["words_added"] == 3.0


def test_five_seeds_are_recorded():
    rows = recorded("choosers")["rows"]
    for seed in choosers.SEEDS:
        mine = {r["chooser"]: r for r in rows if r["seed"] == seed and r["n"] == 1}
        assert {"60 people", "240 people", "words, 60 people", "the truth", "60 coins"} <= set(mine)
        assert len({tuple(mine[who]["true"]) for who in ("60 people", "the truth", "the longest")}) == 1, "one pool"
    truth = [sum(r["true"]) for r in rows if r["chooser"] == "the truth" and r["seed"] == choosers.SEEDS[0]]
    assert truth == sorted(truth) and truth[-1] > 11 * 2.9
    assert {(r["seed"], r["judge"]) for r in recorded("judges")["rows"]} == {
        (s, j) for s in judges.SEEDS for j in ("words", "pair", "pair, people like the first", "each alone")
    }
