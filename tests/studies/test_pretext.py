"""Pretext tasks side by side: sets without a shared picture, honest probes, trainings that repeat."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from fmcourse.inside import linear_probes as probes
from fmcourse.studies import pretext
from fmcourse.training import image_sets


def _rows(images) -> set[bytes]:
    return {image.numpy().tobytes() for image in images}


def test_no_picture_stands_on_two_sides():
    data = image_sets.textures(0, pool=300, train=100, test=100)
    assert not _rows(data.pool) & _rows(data.test) and not _rows(data.train) & _rows(data.test)
    assert not _rows(data.pool) & _rows(data.train)
    assert torch.equal(data.test, image_sets.textures(1, pool=3, train=3, test=100).test)
    digits = image_sets.digits(3)
    assert len(digits.pool) + len(digits.test) == len(load_digits().images) and len(digits.test) == 600
    assert not _rows(digits.pool) & _rows(digits.test)


def test_digits_are_scikit_learns():
    data, digits = image_sets.digits(0), load_digits()
    small = data.test[:, 0, ::4, ::4].numpy() * 16
    where = [int(np.flatnonzero((digits.images == one).all((1, 2)))[0]) for one in small[:50]]
    assert (digits.target[where] == data.truth[:50]).all()


def test_a_split_by_side_takes_a_leak_away():
    near = {}
    for by_side in (True, False):
        data = image_sets.photographs(0, train=400, test=300, by_side=by_side)
        distance = torch.cdist(data.test.flatten(1), data.train.flatten(1)).argmin(1)
        near[by_side] = float((data.labels[distance] == data.truth).mean())
    assert near[False] > near[True] + 0.1


def test_the_probe_is_scikit_learns_and_takes_nothing_from_the_test_set():
    rng = np.random.default_rng(0)
    train, test, labels = rng.normal(size=(31, 7)), rng.normal(size=(53, 7)), rng.integers(0, 3, 31)
    truth = rng.integers(0, 3, 53)
    scaled, tested = ((x - train.mean(0)) / train.std(0) for x in (train, test))
    expected = LogisticRegression(max_iter=1000).fit(scaled, labels).predict(tested)
    assert probes.probe(train, labels, test, truth) == pytest.approx((expected == truth).mean())
    one_by_one = [probes.probe(train, labels, test[i : i + 1], truth[i : i + 1]) for i in range(5)]
    assert one_by_one == (expected == truth)[:5].astype(float).tolist()
    assert probes.probe_pixels(train, labels, test, truth) >= probes.probe(train, labels, test, truth)


def test_few_labels_are_even():
    labels = np.random.default_rng(0).integers(0, 5, 97)
    chosen = probes.few(labels, 7, seed=1)
    assert len(set(chosen)) == 35 and (np.bincount(labels[chosen]) == 7).all()
    assert not np.array_equal(chosen, probes.few(labels, 7, seed=2))
    with pytest.raises(ValueError, match="were asked for"):
        probes.few(labels, 96)


@pytest.mark.parametrize("task", pretext.TASKS)
def test_each_task_trains_and_repeats(task):
    pool = image_sets.textures(0, pool=40, train=1, test=1).pool
    (first, model, history), (again, _, _) = (pretext.pretrain(task, pool, seed=1, steps=2) for _ in range(2))
    images = pool[:5]
    assert len(history.loss) == 2 and torch.allclose(first(images), again(images), atol=1e-5)
    assert not torch.allclose(first(images), pretext.untrained(1)(images), atol=1e-3)
    if task.startswith("jigsaw"):
        assert 0 <= pretext.solved(model, pool, task) <= 1


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="unknown; choose one of"):
        pretext.pretrain("colouring", torch.rand(2, 3, 32, 32))
