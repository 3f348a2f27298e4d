"""Contrastive losses: equal to those of transformers, what they are worth, their floor, and a few steps of training."""

import math

import numpy as np
import pytest
import torch

from fmcourse.models.picture_text import PictureTextShape, TwoTowers
from fmcourse.models.vit import ViTShape
from fmcourse.scenes import say, understand
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import LONGEST, WORDS
from fmcourse.training.fit import Recipe, fit
from fmcourse.vision import contrast
from fmcourse.vision.binding import names_withheld
from fmcourse.vision.contrast import Contrast, exact_logits, info_nce, sigmoid_loss, starting_towers
from fmcourse.vision.inputs import decode, encode

SMALL = PictureTextShape(len(WORDS), LONGEST, depth=1, out=16, picture=ViTShape(patch=8, width=24, depth=1, heads=3))


def logits(n, seed=0):
    return 3 * torch.randn(n, n, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("n", [1, 2, 7, 13])
def test_info_nce_equals_the_loss_of_clip(n):
    from transformers.models.clip import modeling_clip as clip

    theirs = getattr(clip, "image_text_contrastive_loss", None) or clip.clip_loss
    assert torch.allclose(info_nce(logits(n)), theirs(logits(n)), atol=1e-6)


def test_the_sigmoid_loss_equals_that_of_siglip():
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(0)
    small = {"hidden_size": 12, "intermediate_size": 14, "num_hidden_layers": 1, "num_attention_heads": 3}
    config = SiglipConfig(
        text_config={**small, "vocab_size": 23, "max_position_embeddings": 5},
        vision_config={**small, "image_size": 14, "patch_size": 7},
    )
    model = SiglipModel(config).eval()
    with torch.no_grad():
        model.logit_scale.fill_(1.3)
        model.logit_bias.fill_(-2.0)
        out = model(
            input_ids=torch.randint(23, (7, 5)), pixel_values=torch.randn(7, 3, 14, 14), return_loss=True
        )  # fmt: skip
    assert torch.allclose(sigmoid_loss(out.logits_per_image), out.loss, atol=1e-5)
    assert torch.allclose(sigmoid_loss(out.logits_per_text), out.loss, atol=1e-5)


def test_losses_at_their_ends():
    right = 40 * torch.eye(5) - 20
    assert info_nce(right) < 1e-6 and sigmoid_loss(right) < 1e-6
    assert info_nce(torch.zeros(5, 5)) == pytest.approx(math.log(5))
    assert sigmoid_loss(torch.zeros(5, 5)) == pytest.approx(5 * math.log(2))
    assert info_nce(logits(5) + 7) == pytest.approx(info_nce(logits(5)).item(), abs=1e-5)  # a shift says nothing here
    assert sigmoid_loss(logits(5) + 7) != pytest.approx(sigmoid_loss(logits(5)).item(), abs=1e-2)
    order = torch.tensor([3, 0, 4, 1, 2])
    assert info_nce(logits(5)[order][:, order]) == pytest.approx(info_nce(logits(5)).item(), abs=1e-5)
    assert info_nce(logits(5).T) == pytest.approx(info_nce(logits(5)).item(), abs=1e-5)


@pytest.mark.parametrize("loss", [info_nce, sigmoid_loss])
def test_a_wrong_caption_more_costs_and_none_does_not(loss):
    none = torch.full((5, 2), -torch.inf)
    assert loss(logits(5), none) == pytest.approx(loss(logits(5)).item(), abs=1e-6)
    table, hard = logits(5).requires_grad_(), none.clone()
    hard[2, 1] = 3.0
    assert loss(table, hard) > loss(table) + 1e-3
    loss(table, hard).backward()
    assert table.grad.isfinite().all()


def test_losses_refuse_what_is_not_square_and_unknown_names():
    with pytest.raises(ValueError, match=r"logits are \(3, 4\); they must be \(B, B\)"):
        info_nce(torch.zeros(3, 4))
    with pytest.raises(ValueError, match="loss='hinge' is unknown; choose one of: softmax, sigmoid"):
        Contrast(TwoTowers(SMALL), "hinge")


def test_a_batch_depends_on_its_seed_alone_and_its_wrong_captions_are_wrong():
    one, again = (contrast.batch(np.random.default_rng([0, 5]), 40, hard=True) for _ in range(2))
    assert all(torch.equal(value, again[key]) for key, value in one.items())
    assert one["pictures"].shape == (40, 3, 32, 32) and 0 <= one["pictures"].min() <= one["pictures"].max() <= 1
    plain = contrast.batch(np.random.default_rng([0, 5]), 40)
    assert set(plain) == {"pictures", "words"} and torch.equal(plain["words"], one["words"])
    there = one["wrong"].any(1)
    assert 5 < there.sum() < 30
    for right, wrong in zip(one["words"][there].tolist(), one["wrong"][there].tolist(), strict=True):
        assert decode(right) != decode(wrong) and sorted(decode(right).split()) == sorted(decode(wrong).split())
    many = contrast.batch(np.random.default_rng(6), 200, hard=True)["wrong"]
    assert not any(names_withheld(understand(decode(row))) for row in many.tolist() if any(row))


def test_the_wrong_captions_stand_in_the_loss():
    torch.manual_seed(0)
    rows = contrast.batch(np.random.default_rng(1), 12, hard=True)
    objective = Contrast(TwoTowers(SMALL))
    with torch.no_grad():
        towers = objective.towers
        out = objective(**rows)
        table = towers(rows["pictures"], rows["words"])
        more = towers(rows["pictures"], rows["wrong"]).diagonal().clone()
        more[~rows["wrong"].any(1)] = -torch.inf
        assert torch.allclose(out.logits, table, atol=1e-5)
        assert torch.allclose(out.loss, info_nce(table, more[:, None]), atol=1e-5)


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_a_little_training_helps(loss):
    torch.manual_seed(0)
    objective = Contrast(starting_towers(SMALL, loss), loss)
    history = fit(
        objective,
        lambda step: contrast.batch(np.random.default_rng([0, step]), 16, hard=step % 2 == 0),
        Recipe(steps=40, lr=0.02, lr_adam=0.005, warmup=5),
        progress=False,
    )
    assert np.mean(history.loss[-8:]) < 0.93 * np.mean(history.loss[:8])


def test_the_best_logits_say_which_captions_fit_and_give_the_floor():
    rng = np.random.default_rng(4)
    asked = [ask(rng) for _ in range(24)]
    best = exact_logits(asked)
    assert best.shape == (24, 24) and best.diagonal().isfinite().all()
    assert best.diagonal().min() > 0  # each caption makes its own picture likelier
    floor = info_nce(best)
    assert 0 <= floor < 0.5 * math.log(24)
    for seed in range(5):  # no other table of pairs does better on average than this one, noise included
        noisy = torch.where(
            best.isfinite(), best + 0.5 * torch.randn(24, 24, generator=torch.Generator().manual_seed(seed)), best
        )
        assert info_nce(noisy) > floor - 0.02


def test_words_go_in_and_come_out():
    rng = np.random.default_rng(0)
    texts = [say(ask(rng).request) for _ in range(50)]
    ids = encode(texts)
    assert [decode(row) for row in ids.tolist()] == texts and ids[:, -1].any()
