"""Word by word: every full caption is a walk through the grammar, and every walk is a full caption."""

import numpy as np
import pytest

from fmcourse.scenes import ask, caption, parse, say
from fmcourse.scenes.captions import LONGEST, _Words, request_of
from fmcourse.scenes.continuing import END, may_follow
from fmcourse.scenes.sampling import sample


@pytest.mark.parametrize("things", [1, 2, 3, 4])
def test_every_full_caption_is_a_walk(things):
    rng = np.random.default_rng(things)
    for _ in range(150):
        scene = sample(rng, things, "all")[0]
        ground = str(rng.choice(["plain", "striped", "dotted"]))
        scene = type(scene)(scene.things, ground)
        said = _Words(caption(scene, rng.permutation(things))).words
        for i, word in enumerate([*said, END]):
            assert word in may_follow(said[:i], things), (said, i)
        assert END in may_follow(said)


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_every_walk_is_a_full_caption(most):
    rng, seen = np.random.default_rng(most), set()
    for _ in range(200):
        words = []
        while True:
            follow = sorted(may_follow(words, most))
            assert follow and len(words) <= LONGEST
            word = follow[rng.integers(len(follow))]
            if word == END:
                break
            words.append(word)
        text = " ".join(words).replace(" ,", ",")
        scene = parse(text)
        assert len(scene.things) <= most
        seen.add((len(scene.things), scene.ground == "plain"))
    assert len(seen) == 2 * most


def test_what_no_caption_begins_with_has_nothing_behind_it():
    assert may_follow([]) == {"a"}
    assert may_follow("a red".split()) == frozenset()
    assert may_follow("a small red ring at the top and a small red ring at the top".split()) == {"left", "right"}
    assert may_follow("a small red ring in the centre and a small red ring".split()) == {"at"}
    assert may_follow("a small red ring in the centre , on a plain".split()) == frozenset()
    assert may_follow(["a", END]) == frozenset()
    open_ = next(one for one in (ask(np.random.default_rng(i), "open") for i in range(50)) if one.request.specs[0].size)
    assert say(request_of(open_.scene)) != say(open_.request)
