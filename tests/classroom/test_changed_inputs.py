"""An answer that changes what it is given is never told of a slip it did not make, in any exercise."""

import contextlib
import copy
import functools

import numpy as np
import pytest
import torch

from fmcourse.classroom import exercise
from fmcourse.classroom.checks import RIGHT, WRONG, judge
from fmcourse.classroom.watched import Watched, can_watch, copied, differ

FUNCTIONS = [name for name in exercise.names() if can_watch(exercise.get(name).solution)]


def spoil(value) -> bool:
    """Change a value in place; whether it could be changed."""
    if isinstance(value, torch.Tensor | np.ndarray):
        value[...] = ~value if value.dtype in (torch.bool, np.bool_) else value + 1
        return value.size != 0 if isinstance(value, np.ndarray) else value.numel() != 0
    if isinstance(value, tuple):
        return any([spoil(part) for part in value])
    if isinstance(value, list | dict | set) and value:
        value.clear()
        return True
    return False


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_right_answer_that_then_spoils_what_it_was_given(name):
    solution, spoilt = exercise.get(name).solution, []

    @functools.wraps(solution)
    def spoils(*args, **kwargs):
        result = solution(*args, **kwargs)
        with contextlib.suppress(RuntimeError):  # a tensor with a gradient cannot be copied, and is no view
            result = copy.deepcopy(result)  # some results are views of what was given
        spoilt.extend(spoil(arg) for arg in [*args, *kwargs.values()])
        return result

    said = judge(name, spoils)
    assert said.state == (WRONG if any(spoilt) else RIGHT), said
    assert ("result is right, but your function changed" in said.message) == any(spoilt), said


def weights_in_place(q, keys):
    q /= len(q) ** 0.5
    return (keys @ q).softmax(-1)


def weights_of_many(*tensors):
    tensors[1].mul_(len(tensors[0]) ** -0.5)
    return (tensors[1] @ tensors[0]).softmax(-1)


def neighbour(table, i):
    table /= table.norm(dim=1, keepdim=True)
    similar = table @ table[i]
    similar[i] = -1
    return int(similar.argmax())


@pytest.mark.parametrize(
    ("name", "answer", "what"),
    [
        ("06.weights", weights_in_place, "`q`"),
        ("06.weights", weights_of_many, "what it was given"),
        ("03.nearest", neighbour, "`table`"),
        ("05.ceiling", lambda tiles: tiles.sort() or exercise.get("05.ceiling").solution(tiles), "`tiles`"),
    ],
)
def test_it_is_said_what_was_changed(name, answer, what):
    assert judge(name, answer).message.startswith(f"The result is right, but your function changed {what} ")


def test_a_wrong_answer_that_changes_its_input_is_told_its_own_slip():
    def no_root(q, keys):
        scores = keys @ q
        q += 1
        return scores.softmax(-1)

    assert "square root" in judge("06.weights", no_root).message


def test_changing_in_place_can_be_the_task(monkeypatch):
    monkeypatch.setattr(exercise, "_found", {})

    def checker(answer, t):
        weight = torch.ones(3)
        answer(weight)
        t.close(weight, torch.zeros(3), what="The weight after a step")

    for name, in_place in (("99.step", True), ("99.other", False)):
        exercise.exercise(
            name,
            difficulty=1,
            minutes=1,
            hints=["h"],
            solution=lambda w: w.sub_(1),
            wrong=[(len, "")],
            in_place=in_place,
        )(checker)
    assert judge("99.step", lambda w: w.sub_(1)).state == RIGHT
    assert judge("99.other", lambda w: w.sub_(1)).state == WRONG


def test_what_cannot_be_copied_is_handed_over_as_it_is():
    model, generator, numbers = torch.nn.Linear(2, 2), torch.Generator(), iter([1, 2])
    weight = torch.ones(2, requires_grad=True)
    nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
    for value in (model, generator, numbers, weight, nested, np.random.default_rng(0), len, "text", 3, None):
        assert copied([value])[0] is value
    assert next(Watched(lambda n: n).function(numbers)) == 1


def test_a_copy_keeps_its_kind_and_what_is_given_twice_stays_one():
    from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

    pair = namedtuple("pair", "a b")
    own = [1]
    own.append(own)
    for value in (
        [1],
        (1, [2]),
        {"a": [1]},
        {1},
        Counter("aab"),
        defaultdict(list, a=[1]),
        OrderedDict(a=1),
        deque([1], 3),
        pair(1, [2]),
        np.array([1.0, np.nan]),
        torch.tensor([np.nan]),
        np.array([None, "a"]),
        own,
        bytearray(b"a"),
        (own, own),
    ):
        made = copied(value)
        assert type(made) is type(value) and not differ(value, made)
        assert made is not value or type(value) is tuple
    made = copied(own)
    assert made[1] is made and made is not own
    assert copied(defaultdict(list))["new"] == []
    for before, after in (
        ([1], [2]),
        ({1}, set()),
        ({"a": 1}, {"b": 1}),
        (np.ones(2), np.ones(3)),
        ([[1]], [[2]]),
        (torch.ones(2), torch.tensor([1.0, np.nan])),
        (np.array([1, None]), np.array([1, 2])),
        ([1], [1, 1]),
        (deque([1]), deque()),
        ([1], [[1]]),
    ):
        assert differ(before, after)


def test_the_checker_still_sees_the_learners_own_function():
    import inspect

    def two(a, b=3): ...

    assert inspect.signature(Watched(two).function) == inspect.signature(two)
    assert not can_watch(dict) and not can_watch(torch.nn.ReLU()) and not can_watch(3)
    assert can_watch(len) and can_watch(functools.partial(two, 1)) and can_watch([].append)
