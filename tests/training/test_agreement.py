"""Agreement without rivals: the guard's prices, a teacher that follows, and a collapse that is seen."""

import pytest
import torch
import torch.nn.functional as F

from fmcourse.models.small_conv import SmallConv, features
from fmcourse.studies import pretext
from fmcourse.training import agreement, patches
from fmcourse.training.agreement import MOMENTUM, JointEmbedding, SelfDistillation, guard, spread

VIEWS = torch.rand(2, 6, 3, 24, 24, generator=torch.Generator().manual_seed(0))


def test_the_guard_asks_for_columns_that_vary_and_differ():
    white = torch.linalg.qr(torch.randn(50, 3, generator=torch.Generator().manual_seed(1)) - 0.0)[0]
    white = (white - white.mean(0)) / white.std(0)
    alike = white[:, :1].expand(-1, 3)
    assert guard(torch.zeros(9, 4)) == pytest.approx(0.99, abs=1e-3)  # nothing varies: all is missing
    assert guard(alike) == pytest.approx(0.04 * 6 / 3, abs=1e-3)  # six pairs of columns share all
    assert guard(white) < 0.01


def test_the_loss_is_the_distance_of_unit_vectors():
    torch.manual_seed(0)
    model = SelfDistillation(SmallConv(), norm=False)
    with torch.no_grad():
        told = [F.normalize(model.tell(model.project(model.encoder(v)))) for v in VIEWS]
        taught = [F.normalize(model.teacher(v)) for v in VIEWS]
        each = [(told[i] - taught[1 - i]).square().sum(1).mean() for i in (0, 1)]
        assert torch.allclose(model(*VIEWS).loss, sum(each) / 2, atol=1e-6)


def test_only_following_moves_the_teacher():
    torch.manual_seed(0)
    model = SelfDistillation(SmallConv())
    before = [p.clone() for p in model.teacher.parameters()]
    model(*VIEWS).loss.backward()
    assert all(p.grad is None for p in model.teacher.parameters())
    mine = [p for part in model.own() for p in part.parameters()]
    with torch.no_grad():
        for p in mine:
            p += 1
    assert all(torch.equal(a, b) for a, b in zip(before, model.teacher.parameters(), strict=True))
    model.follow(0, 0.0)
    for old, new, now in zip(before, mine, model.teacher.parameters(), strict=True):
        assert torch.allclose(now, MOMENTUM * old + (1 - MOMENTUM) * new, atol=1e-6)


def test_hidden_features_are_asked_for_and_no_others():
    torch.manual_seed(0)
    model = JointEmbedding(SmallConv(), guarded=False)
    images = torch.rand(4, 3, 32, 32)
    hidden = patches.choose_patches(4, 32, 32, generator=torch.Generator().manual_seed(2))
    loss = model(images, hidden).loss
    changed = torch.where(hidden, torch.rand_like(images), images)  # what is hidden cannot help to tell
    with torch.no_grad():
        seen = [model.encoder.maps(patches.hide(x, hidden)) for x in (images, changed)]
    assert torch.equal(*seen) and loss > 0
    assert JointEmbedding(SmallConv()).encoder.maps(images).shape[2:] == hidden[:, :, ::8, ::8].shape[2:]


def test_the_guard_alone_foretells_nothing():
    torch.manual_seed(0)
    model = JointEmbedding(SmallConv(), foretold=False)
    images = torch.rand(4, 3, 32, 32)
    hidden = patches.choose_patches(4, 32, 32, generator=torch.Generator().manual_seed(2))
    maps = model.encoder.maps(images).permute(0, 2, 3, 1).flatten(0, 2)
    assert torch.allclose(model(images, hidden).loss, guard(maps), atol=1e-6)


def test_agreement_alone_collapses():
    data = pretext.image_sets.textures(0, pool=300, train=1, test=100)
    encoder, _, history = pretext.pretrain("agreement alone", data.pool, 0, steps=40)
    assert spread(features(encoder, data.test)) < 0.3 * spread(features(pretext.untrained(0), data.test))
    assert history.loss[-1] < 0.1 * history.loss[0]


def test_without_a_teacher_nothing_follows():
    model = SelfDistillation(SmallConv(), teacher=False)
    model.follow(0, 0.0)
    assert model.teacher is None and isinstance(model.tell, torch.nn.Identity)
    with pytest.raises(NotImplementedError):
        agreement.Taught().own()
