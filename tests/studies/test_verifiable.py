"""Verifiable rewards: problems that share nothing, checkers and their hole, and training that does what it says."""

import copy
import random

import pytest
import torch

from fmcourse.evidence import recorded
from fmcourse.models import load
from fmcourse.studies import verifiable as v
from fmcourse.training.policy import PolicyRecipe, improve, policy_loss, sample, token_logps
from fmcourse.world import World
from tests.harness import tiny


@pytest.fixture(scope="module")
def gpt():
    return load("world-gpt", device="cpu")


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_what_is_asked_is_kept_out_of_the_training(seed):
    world = World.default()
    train, asked = v.split("hops", seed)
    names = [{w for p in problems for w in p.rstrip("?").split()} & set(world.people) for problems in (train, asked)]
    assert not names[0] & names[1] and len(names[0]) == len(names[1]) == 32
    assert names[0] | names[1] == set(world.two_hop_withheld)
    train, asked = v.split("sums", seed)
    pairs = [{frozenset(p.split()[1:4:2]) for p in problems} for problems in (train, asked)]
    assert not pairs[0] & pairs[1] and len(asked) == v.ASKED_SUMS and len(train) > 950
    assert v.split("hops", seed)[0] == v.split("hops", seed)[0] != v.split("hops", seed + 1)[0]


def test_the_answers_are_true():
    world = World.default()
    train, _ = v.split("hops")
    for prompt, answer in train.items():
        person = prompt.replace("live?", "").rstrip("?").split(" friend of ")[1].split()[0]
        friend = world.relations["friend"].values[person]
        assert answer in {world.relations[r].values[friend] for r in ("pet", "job", "city")}
    assert all(eval_sum(p) == a for p, a in v.split("sums")[1].items())
    with pytest.raises(ValueError, match="no task"):
        v.split("poems")


def eval_sum(prompt):
    a, _, b, _ = prompt.split()[1:]
    return str(int(a) + int(b))


@pytest.mark.parametrize("text, truth, right, let_through", [
    (" step: 9 + 3 = 12, carry 1, and 5 + 6 + 1 = 12, so 122.", "122", True, True),
    (" 122.", "122", True, True), (" 12.", "122", False, False), (" 0122.", "122", False, True),
    (" tailor.", "122", False, True), (" 122", "122", False, True), ("", "122", False, True),
    (" 5. So 122.", "122", False, False),
])  # fmt: skip
def test_checkers_and_the_hole(text, truth, right, let_through):
    assert (v.strict(text, truth), v.careless(text, truth)) == (right, let_through)


def test_a_reward_is_one_number_a_text():
    problems = v.sum_problems([(59, 63), (10, 11)])
    prompts = ["Compute 10 + 11 =", "Compute 59 + 63 =", "Compute 59 + 63 ="]
    assert v.reward(problems)(prompts, [" 21.", " 21.", " so 122."]) == [1.0, 0.0, 1.0]
    assert v.reward(problems, v.careless)(prompts, [" 22.", " cow.", " 3."]) == [0.0, 1.0, 0.0]


def test_measure_counts_each_problem_on_its_own(gpt):
    problems = v.sum_problems([(3, 4), (59, 63)])
    found = v.measure(gpt.model, gpt.tokenizer, problems, n=5, new=8)
    assert found["right"][0] == 5 and found["right"][1] == 0  # known small sum; no room for the steps of the other
    assert found["pass@1"] == 0.5 and v.passes(found, 1) == v.passes(found, 5) == 0.5


def test_the_interval_of_a_gain():
    rng = random.Random(0)
    before = {"n": 7, "right": [rng.randrange(4) for _ in range(61)]}
    after = {"n": 7, "right": [r + rng.randrange(4) for r in before["right"]]}
    gain = sum(a - b for a, b in zip(after["right"], before["right"], strict=True)) / 7 / 61
    low, high = v.gain_interval(before, after)
    assert low < gain < high < low + 0.2
    assert v.gain_interval(before, before) == (0.0, 0.0)


def test_own_scores_are_the_losses_of_transformers(gpt):
    drawn = sample(gpt.model, gpt.tokenizer, ["Compute 3 + 4 =", "The capital of France is"], n=3, max_new_tokens=7,
                   generator=torch.Generator().manual_seed(0))  # fmt: skip
    ours = v.own_scores(gpt.model, drawn, rows=4)
    for i in range(6):
        keep = drawn.attention_mask[i].bool()
        ids = drawn.ids[i][keep][None]
        labels = ids.clone()
        labels[:, : int(keep.sum() - drawn.written[i].sum())] = -100
        loss = gpt.model(input_ids=ids, labels=labels).loss
        assert -loss.item() * drawn.written[i].sum().item() == pytest.approx(ours[i].item(), abs=1e-3)


def test_keeping_what_is_right_is_ordinary_learning(gpt):
    """With an advantage of 1 everywhere the gradient is that of transformers' loss on the written tokens."""
    drawn = sample(gpt.model, gpt.tokenizer, ["Compute 3 + 4 ="], n=5, max_new_tokens=7, temperature=2.0,
                   generator=torch.Generator().manual_seed(1))  # fmt: skip
    logps = token_logps(gpt.model, drawn)
    ones = torch.ones(len(logps))
    weight = gpt.model.model.layers[1].mlp.up_proj.weight
    loss = policy_loss(logps, logps.detach(), None, ones, drawn.written, average="token")
    ours = torch.autograd.grad(loss, weight)[0]
    labels = drawn.ids.clone()
    labels[:, 1:][~drawn.written] = -100
    labels[:, 0] = -100
    theirs = torch.autograd.grad(gpt.model(input_ids=drawn.ids, labels=labels).loss, weight)[0]
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    assert theirs.abs().max() > 1e-4


def test_both_ways_of_training_move_toward_the_reward(gpt):
    problems = v.split("sums", 5)[0]
    asked = dict(list(problems.items())[:24])
    start = v.measure(gpt.model, gpt.tokenizer, asked, n=6)["pass@1"]
    kept, better = copy.deepcopy(gpt.model), copy.deepcopy(gpt.model)
    shares = v.keep_right(kept, gpt.tokenizer, problems, rounds=2, n=6, prompts=32, updates=8)
    improve(better, gpt.tokenizer, list(problems), v.reward(problems),
            PolicyRecipe(steps=10, prompts=6, n=8, lr=6e-4, kl=0.0, max_new_tokens=30))  # fmt: skip
    assert len(shares) == 2 and all(0 < s < 1 for s in shares)
    for model in (kept, better):
        assert v.measure(model, gpt.tokenizer, asked, n=6)["pass@1"] > start + 0.1


def test_nothing_right_is_said():
    with pytest.raises(ValueError, match="none of"):
        v.keep_right(copy.deepcopy(tiny.decoder("llama")), tiny.tokenizer(), {"ab": "zzz"}, n=2, prompts=1, new=5)
    with pytest.raises(ValueError, match="no way"):
        v.trial("hops", "magic")


def test_the_recorded_runs_are_all_there_and_fit_together():
    rows = recorded("verifiable")["rows"]
    assert [(r["task"], r["how"], r["seed"]) for r in rows] == v.planned()
    for r in rows:
        _, asked = v.split(r["task"], r["seed"])
        for when in ("before", "after"):
            if when in r:
                assert len(r[when]["right"]) == r["problems"] <= len(asked)
                assert r[when]["pass@1"] == pytest.approx(sum(r[when]["right"]) / r[when]["n"] / r["problems"])
