"""The pieces of the long run: curves, interpolation, questions, batches; the recorded table and what it must hold."""

from types import SimpleNamespace

import pytest
import torch

from fmcourse.evidence import recorded
from fmcourse.studies import feedback, feedback_rows, marked, race
from fmcourse.tasks.annotators import Annotator
from tests.harness import tiny

LOADED = SimpleNamespace(model=tiny.decoder("llama"), tokenizer=tiny.tokenizer())


def test_points_between_points():
    points = [(2.0, 4.0), (0.0, 0.0), (4.0, 2.0)]
    assert [feedback.at_kl(points, k) for k in (0.0, 1.0, 2.0, 3.0, 9.0, -1.0)] == [0.0, 2.0, 4.0, 3.0, 2.0, 0.0]


def test_the_two_halves_of_a_pool_share_no_text():
    scores = torch.arange(24.0).view(2, 12)
    rows = feedback.best_of_n_rows(scores, scores)
    assert {(r["half"], r["n"]) for r in rows} == {(h, n) for h in (0, 1) for n in (1, 2, 4)}
    first, second = ([r["true"] for r in rows if r["half"] == h and r["n"] == 1][0] for h in (0, 1))
    assert first == [2.5, 14.5] and second == [8.5, 20.5]


def test_questions_have_two_different_texts_about_one_animal():
    texts = [["a", "b", "a"], ["c", "c", "d"]]
    made = feedback.choices(["whale", "cow"], texts, 50, seed=1)
    assert made == feedback.choices(["whale", "cow"], texts, 50, seed=1)
    assert made != feedback.choices(["whale", "cow"], texts, 50, seed=2)
    for animal, first, second in made:
        assert first != second and {first, second} <= set(texts[animal == "cow"])


def test_a_careful_annotator_chooses_the_text_of_more_worth():
    questions = [("whale", "It eats krill.", "It eats mice."), ("whale", "It eats mice.", "It eats krill.")] * 2
    pairs = feedback.compare(questions + [("cow", "It is a fish.", "It is a mammal.")], Annotator(temperature=0), 0)
    assert {p.chosen for p in pairs} == {"It eats krill.", "It is a mammal."}


def test_only_the_answer_is_asked_for():
    batch = feedback.answer_batch(LOADED.tokenizer, [("Say:", "a cat"), ("Say more:", "two red cats")])
    for ids, labels, mask in zip(*(batch[k] for k in ("input_ids", "labels", "attention_mask")), strict=True):
        asked = labels != -100
        assert torch.equal(labels[asked], ids[asked]) and labels[asked][-1] == LOADED.tokenizer.eos_token_id
        assert LOADED.tokenizer.decode(labels[asked][:-1]).strip() in ("a cat", "two red cats")
        assert not asked[mask == 0].any()


@pytest.fixture(scope="module")
def rows():
    return recorded("feedback")["rows"]


def test_three_seeds_of_everything_are_recorded(rows):
    for seed in feedback.SEEDS:
        mine = [r for r in rows if r["seed"] == seed]
        assert {r["what"] for r in mine} == {"start", "best of n", "constitution", "bias", "dpo", "policy"}
        assert {r["pairs"] for r in mine if r["what"] == "best of n"} == set(feedback.SIZES)


def test_the_curves_begin_at_the_start(rows):
    for seed in feedback.SEEDS:
        start = next(r for r in rows if r["what"] == "start" and r["seed"] == seed)
        ones = [r for r in rows if r["what"] == "best of n" and r["seed"] == seed and r["n"] == 1]
        for size in feedback.SIZES:
            both = torch.tensor([r["true"] for r in ones if r["pairs"] == size]).mean(0)
            assert torch.allclose(both, torch.tensor(start["true"]), atol=1e-4)


def test_in_the_race_every_method_reaches_the_distance_of_the_comparison():
    runs = recorded("race")["rows"]
    for seed in race.SEEDS:
        for what in ("dpo", "policy", "best of n"):
            assert max(r["kl"] for r in runs if r["what"] == what and r["seed"] == seed) >= 0.9 * race.NATS, what
    assert not set(race.SEEDS) & {0, 100}, "the settings were chosen on these"


def test_marked_runs_come_in_pairs():
    runs = recorded("marked")["rows"]
    wanted = [(s, m) for s in sorted(marked.SEEDS) for m in (False, True)]
    assert sorted((r["seed"], r["marked"]) for r in runs) == wanted


def test_a_few_steps_of_marked_pretraining_give_a_number_for_each_mark():
    found = marked.pretrained_with_preferences(LOADED.tokenizer, True, seed=0, steps=1)
    assert set(found["true"]) == {"Good answer.", "Poor answer."} and found["n"] > 0


def test_gains_of_choosing_and_of_pushing_are_read_from_both_halves_and_between_points():
    rows = [{"what": "start", "seed": 0, "true": [0.0, 1.0]},
            *({"what": "best of n", "pairs": 60, "seed": 0, "n": 16, "half": h, "true": [1.0 + h] * 2} for h in (0, 1)),
            {"what": "policy", "pairs": 60, "seed": 0, "kl": 2.0, "true": [1.5, 1.5]}]  # fmt: skip
    assert feedback_rows.best_gain(rows, 60, 0, 16) == 1.0
    assert feedback_rows.push_gain(rows, 60, 0, 1.0) == 0.5
    with pytest.raises(LookupError, match="best of 8"):
        feedback_rows.best_gain(rows, 60, 0, 8)
