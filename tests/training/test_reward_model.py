"""A reward model reads the end of a text, ignores padding, and learns an order; recipes and seeds decide it alone."""

from types import SimpleNamespace

import pytest
import torch

from fmcourse.training.preferences import Pair
from fmcourse.training.reward_model import RewardModel, RewardRecipe, agreement, steps_for, train_reward
from tests.harness import tiny

LOADED = SimpleNamespace(model=tiny.decoder("llama"), tokenizer=tiny.tokenizer())
PAIRS = [Pair(p, f"{a} cat", f"{a} dog") for p in ("Say:", "Tell:") for a in ("one", "two", "a red", "the")]


def test_the_score_does_not_depend_on_its_neighbours_in_the_batch():
    model = RewardModel(LOADED)
    texts = ["a cat", "many red dogs run far", "no"]
    alone = torch.cat([model.score(["Say:"], [t]) for t in texts])
    together = model.score(["Say:"] * 3, texts, batch_size=2)
    assert torch.allclose(alone, together, atol=1e-5) and together.std() > 0


def test_the_score_is_the_head_at_the_last_token():
    model = RewardModel(LOADED)
    from fmcourse.models.encoding import encode_document

    ids = torch.tensor([encode_document(tiny.tokenizer(), "Say: a cat")])
    hidden = LOADED.model.model(input_ids=ids).last_hidden_state[0, -1]
    assert torch.allclose(model.score(["Say:"], ["a cat"]), model.head(hidden), atol=1e-5)


def test_it_learns_an_order_and_leaves_the_language_model_alone():
    before = [p.clone() for p in LOADED.model.parameters()]
    seen = []
    recipe = RewardRecipe(steps=40, rows=4, lr=2e-3)
    model = train_reward(LOADED, PAIRS, recipe, on_step=lambda k, loss: seen.append(loss))
    assert agreement(model, PAIRS) == 1.0 and seen[-1] < 0.5 * seen[0] and len(seen) == 40
    turned = [Pair(p.prompt, p.rejected, p.chosen) for p in PAIRS]
    assert agreement(model, turned) == 0.0
    assert all(torch.equal(a, b) for a, b in zip(before, LOADED.model.parameters(), strict=True))
    scores = model.score([p.prompt for p in PAIRS] * 2, [p.chosen for p in PAIRS] + [p.rejected for p in PAIRS])
    assert abs(float(scores.mean())) < 1e-4, "scores are centred"


def test_the_same_seed_gives_the_same_model():
    one, two = (train_reward(LOADED, PAIRS, RewardRecipe(steps=3, rows=3, seed=7)).head.weight for _ in range(2))
    other = train_reward(LOADED, PAIRS, RewardRecipe(steps=3, rows=3, seed=8)).head.weight
    assert torch.equal(one, two) and not torch.equal(one, other)


def test_no_pairs_are_refused_and_steps_follow_the_pairs():
    with pytest.raises(ValueError, match="no pairs"):
        train_reward(LOADED, [])
    assert steps_for(10) == 40 and steps_for(960, epochs=2) == 120
