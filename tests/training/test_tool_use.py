"""Worked examples of tools: true, labelled only where the model writes, and enough to teach."""

import re

import pytest
import torch

from fmcourse.models import load
from fmcourse.models.encoding import encode_document
from fmcourse.prompting.agent import run_agents
from fmcourse.prompting.tools import Call, act, facts, read_call, thermometer
from fmcourse.training import tool_use as t
from fmcourse.world import World


@pytest.fixture(scope="module")
def gpt():
    return load("world-gpt", device="cpu")


def test_examples_say_what_the_tools_give():
    for example in t.lessons(World.default(), [(3, 4), (59, 63)]):
        text = example.text
        for piece in text.split(" Call: ")[1:]:
            call = read_call("Call: " + piece.split(" gives ")[0])
            assert piece.split(" gives ")[1].startswith(f"{act(call)[0]}.")
    assert t.direct_sum(59, 63).text == "Compute 59 + 63 = 122."


def test_a_chain_is_looked_up_from_the_inside_out():
    place = facts(f"city of {facts('friend of Viric')}")
    assert t.town("city of friend of Viric") == place and t.town("Paris") == "Paris"
    question, answer = t.warmth_question("city of friend of Viric")
    assert question == "Question: How warm is it in the city of the friend of Viric?"
    example = t.worked_warmth("city of friend of Viric")
    assert example.text.endswith(f"Call: thermometer ({place}) gives {thermometer(place)}. Answer: {answer}.")
    assert example.text.count("Call:") == 3


def test_lessons_and_later_questions_share_no_person():
    world, friend = World.default(), World.default().relations["friend"].values
    for seed in (0, 1, 7):
        taught, asked = t.chains(world, seed)
        said = {w for e in t.lessons(world, [], seed) for w in re.findall(r"\w+", e.text)}
        later = [where.rsplit(" of ", 1)[1] for where in asked["person"]]
        assert len(set(later)) == 70 and not said & ({*later} | {friend[p] for p in later})
        assert [where.rsplit(" of ", 1)[1] for where in asked["friend"]] == later
        assert len(taught["person"]) == 120 and len(taught["friend"]) >= 80
        assert not {*taught["capital"]} & {*asked["capital"]} and not {*world.strangers[1::2]} & said
    assert t.chains(world) == t.chains(world, 0) != t.chains(world, 1)


def test_labels_are_the_models_own_lines(gpt):
    examples = [t.worked_sum(37, 48), t.worked_warmth("capital of France"), t.direct_sum(3, 14)]
    batch = t.examples_batch(gpt.tokenizer, examples)
    for row, labels, example in zip(batch["input_ids"], batch["labels"], examples, strict=True):
        ids = encode_document(gpt.tokenizer, example.text)
        assert row[: len(ids)].tolist() == ids and (labels[len(ids) :] == -100).all()
        asked = labels[labels != -100]
        own = " ".join(part for part, mine in example.parts if mine)
        assert gpt.tokenizer.decode(asked[:-1]).strip() == own and asked[-1] == gpt.tokenizer.eos_token_id
        assert torch.equal(row[labels != -100], asked)  # each label is the token that stands there


def test_a_short_lesson_is_learned_and_the_teacher_stays(gpt):
    before = {k: w.clone() for k, w in gpt.model.state_dict().items()}
    lessons = [t.worked_sum(a, b) for a in range(30) for b in range(0, 30, 7)]
    pupil = t.teach_tools(gpt, lessons, steps=25, rows=6)
    assert all(torch.equal(w, before[k]) for k, w in gpt.model.state_dict().items())
    asked = [(a, b) for a in range(1, 30, 9) for b in range(3, 30, 8)]
    logs = run_agents(pupil, gpt.tokenizer, [t.sum_question(a, b) for a, b in asked])
    assert sum(log.answer == str(a + b) for log, (a, b) in zip(logs, asked, strict=True)) >= len(asked) / 2
    start = run_agents(gpt.model, gpt.tokenizer, [t.sum_question(a, b) for a, b in asked])
    assert sum(log.answer == str(a + b) for log, (a, b) in zip(start, asked, strict=True)) < len(asked) / 2
    with pytest.raises(ValueError, match="no worked examples"):
        t.teach_tools(gpt, [])


def test_a_failed_call_is_part_of_a_lesson():
    example = t.worked("Question: ?", [Call("facts", "king of France")], "not known")
    assert example.text == "Question: ? Call: facts (king of France) gives nothing. Answer: not known."
