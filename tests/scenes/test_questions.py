"""Questions: `understand` undoes `say`, answers are true, blind guesses are worth what they should, nothing leaks."""

import os
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest

from fmcourse.scenes import parse, questions
from fmcourse.scenes.asking import SPLITS, WITHHELD_COUNTS, WITHHELD_RELATIONS
from fmcourse.scenes.captions import Spec
from fmcourse.scenes.question_words import words
from fmcourse.scenes.questions import KINDS, Question, answer, possible, sample, say, shuffled, understand
from fmcourse.scenes.sampling import WITHHELD


def drawn(n, seed=0, **options):
    rng = np.random.default_rng(seed)
    return [sample(rng, **options) for _ in range(n)]


@pytest.mark.parametrize("split", SPLITS)
def test_what_is_asked_is_understood_and_answered(split):
    for question, told, scene in drawn(700, split=split):
        text = say(question)
        assert understand(text) == question and answer(question, scene) == told
        assert told in possible(question, split) and told in questions.ANSWERS
        assert set(words(text)) <= set(questions.WORDS) and len(words(text)) <= questions.LONGEST


def test_a_scene_answered_by_hand():
    scene = parse("a small red ring at the left and a large blue star at the right and a small red ring at the top"
                  .replace(" and", ",", 1))  # fmt: skip
    for text, told in (
        ("what colour is the thing at the left?", "red"),
        ("What shape is the thing at the right", "star"),
        ("what size is the thing at the right?", "large"),
        ("how many red rings are there?", "two"),
        ("how many blue rings are there?", "zero"),
        ("is there a red ring left of a blue star?", "yes"),
        ("is there a blue star left of a red ring?", "no"),
        ("is there a red ring above a blue star?", "yes"),
        ("is there a red ring above a red ring?", "yes"),
        ("is there a blue ring left of a red star?", "no"),
    ):
        assert answer(understand(text), scene) == told, text


def test_each_answer_to_a_question_is_equally_likely():
    """The law that makes a blind reader worthless: p(answer | question) = 1 / len(possible(question))."""
    found = defaultdict(Counter)
    for question, told, _ in drawn(40_000, seed=1):
        key = question if question.kind not in ("count", "relation") else (question.kind, question.what.shape)
        found[key][told] += 1
    assert len(found) == 27 + 6 + 6
    for key, answers in found.items():
        n = sum(answers.values())
        question = key if isinstance(key, Question) else Question(key[0], what=Spec("small", "red", key[1]))
        expected = n / len(possible(question))
        assert set(answers) == set(possible(question))
        assert sum((seen - expected) ** 2 / expected for seen in answers.values()) < 30, (key, answers)


def test_the_best_blind_reader_is_as_good_as_it_should_be_and_better_without_balance():
    posed = drawn(5000, seed=2)
    frequent = questions.most_frequent(drawn(5000, seed=3))
    right = sum(frequent[one.question.kind] == one.answer for one in posed)
    best = questions.blind(posed)
    assert abs(right - best) < 4 * (best * (1 - best / 5000)) ** 0.5
    loose = drawn(5000, seed=4, balanced=False)
    frequent = questions.most_frequent(loose)
    assert sum(frequent[one.question.kind] == one.answer for one in loose) > 1.4 * best


def test_training_never_shows_or_asks_what_is_withheld():
    for posed in (drawn(6000, seed=5), drawn(2000, seed=6, balanced=False)):
        for question, told, scene in posed:
            specs = [spec for spec in (question.what, question.other) if spec != Spec()]
            assert not any((t.shape, t.colour) in WITHHELD for t in (*scene.things, *specs))
            if question.kind == "relation":
                assert (question.relation, question.what.shape) not in WITHHELD_RELATIONS
            if question.kind == "count":
                assert (questions.NUMBERS.index(told), question.what.shape) not in WITHHELD_COUNTS
            shapes = Counter(thing.shape for thing in scene.things)
            assert not any((n, shape) in WITHHELD_COUNTS for shape, n in shapes.items())


def test_splits_ask_for_what_is_withheld_and_for_nothing_else():
    for question, _, scene in drawn(400, split="withheld combination"):
        asked = [spec for spec in (question.what, question.other) if spec != Spec()]
        asked = asked or [t for t in scene.things if t.place == question.place]
        assert all((one.shape, one.colour) in WITHHELD for one in asked)
    for question, _, _ in drawn(200, split="withheld relation"):
        assert (question.relation, question.what.shape) in WITHHELD_RELATIONS
    for question, told, _ in drawn(200, split="withheld count"):
        assert (questions.NUMBERS.index(told), question.what.shape) in WITHHELD_COUNTS


def test_no_is_said_in_three_ways_so_that_knowing_the_things_does_not_answer():
    there = Counter()
    for question, told, scene in drawn(6000, seed=7, kind="relation"):
        both = all(any(spec.fits(t) for t in scene.things) for spec in (question.what, question.other))
        there[told, both] += 1
    assert there["yes", False] == 0
    share = there["no", True] / (there["no", True] + there["no", False])
    assert 0.30 < share < 0.50  # a reader that only knows what is there is right about five times in six
    assert set(KINDS) == {"colour", "shape", "size", "count", "relation"}


def test_handing_pictures_on_moves_each_within_its_kind():
    posed = drawn(300, seed=8)
    scenes = shuffled(posed, np.random.default_rng(0))
    assert all(scene is not one.scene for scene, one in zip(scenes, posed, strict=True))
    for kind in KINDS:
        mine = [i for i, one in enumerate(posed) if one.question.kind == kind]
        assert {id(scenes[i]) for i in mine} == {id(posed[i].scene) for i in mine}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what colour is the thing at the lft?", "'lft' stands in no question; did you mean 'left'?"),
        ("how many red ring are there?", "is no question of this language; such are"),
        ("what colour is the thing at the left right?", "'at the left right' is no place; did you mean"),
        ("", "is no question of this language"),
        ("is there a red ring beside a blue star?", "'beside' stands in no question"),
    ],
)
def test_errors_name_the_word(text, said):
    with pytest.raises(questions.QuestionError) as error:
        understand(text)
    assert said in str(error.value)


def test_what_cannot_be_drawn_or_answered_is_said():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="nothing at the place 'top'; ask about one of: left"):
        answer(Question("colour", place="top"), parse("a small red ring at the left"))
    for options, said in (
        ({"kind": "colours"}, "kind='colours' is unknown"),
        ({"split": "sen"}, "split='sen' is unknown; did you mean 'seen'"),
        ({"split": "withheld count", "kind": "size"}, "has no split 'withheld count'"),
        ({"split": "withheld count", "balanced": False}, "unbalanced questions are for training alone"),
    ):
        with pytest.raises(ValueError, match=said):
            sample(rng, **options)


def test_what_is_handed_on_does_not_hang_on_the_order_of_sets():
    """Words in a set come in another order in each process, unless PYTHONHASHSEED says otherwise."""
    code = (
        "import numpy as np; from fmcourse.scenes import caption, questions as q; r = np.random.default_rng; "
        "print([caption(s) for s in q.shuffled([q.sample(r([1, i])) for i in range(30)], r(0))])"
    )
    told = [
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
                       text=True, check=True).stdout
        for seed in ("1", "2", "3")
    ]  # fmt: skip
    assert len(told[0]) > 100 and len(set(told)) == 1
