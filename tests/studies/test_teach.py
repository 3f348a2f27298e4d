"""Teaching one person: whatever is typed is safe, what is examined is never read, and a short lesson is learned."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse.models import load
from fmcourse.models.encoding import encode_document
from fmcourse.studies import teach as teaching
from fmcourse.studies.teach import (
    EXAMPLE,
    Person,
    answers,
    ask,
    batch,
    bystanders,
    exam,
    fault,
    introduce,
    learn_words,
    lessons,
    probabilities,
    reminders,
    teach,
    where,
    words_of,
)
from fmcourse.training.fit import Recipe
from fmcourse.world import World


@pytest.fixture(scope="module")
def gpt():
    return load("world-gpt", device="cpu")


ODD = ["", "   ", "\n\t", "a" * 10_000, "<eos>", "x<pad>y", "\x00", "\u202eabc", "\ud800", None, 7, [], float("nan")]
FINE = [
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "$x^2$",
    "{s}{o}",
    "%s",
    "🦊",
    "👩‍🚀",
    "Æther",
    "李",
    "O'Brien",
    "R2 D2",
    "St. Ives",
]


@pytest.mark.parametrize("text", ODD)
def test_what_cannot_be_used_is_replaced_and_said(text, capsys):
    assert fault(text)
    assert introduce(text, town=text, pet=text) == EXAMPLE
    said = capsys.readouterr().out
    assert said.count("\n") == 3 and "instead" in said and len(said) < 500


@pytest.mark.parametrize("text", FINE)
def test_other_text_is_kept_as_it_is(text, gpt, capsys):
    me = introduce(text, town=text, pet=text)
    assert me == Person(text, text, text) and not capsys.readouterr().out
    assert any(text in sentence for sentence in lessons(me))
    _, tokenizer = learn_words(gpt, words_of(me))
    sentence = f"The town of {text} is {text}."
    assert tokenizer.decode(tokenizer.encode(sentence, add_special_tokens=False)) == sentence
    assert isinstance(ask(gpt, where(text)), str)


def test_somebody_known_is_not_taken(capsys):
    assert introduce(World.default().people[0]).name == EXAMPLE.name
    assert "has read about already" in capsys.readouterr().out


def test_a_name_of_words_already_read_is_not_taken(capsys):
    assert introduce("red").name == introduce("red cat").name == EXAMPLE.name and introduce("red Jo").name == "red Jo"
    assert capsys.readouterr().out.count("has read already") == 2


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_person(text):
    me = introduce(text, town=text, pet=text)
    assert not fault(me.name) and not fault(me.town) and len(exam(me)) == 2


def test_the_examination_is_never_read():
    read = lessons(EXAMPLE)
    assert len(read) == len(set(read)) == 12
    for question in exam(EXAMPLE):
        assert not any(sentence.startswith(question.prompt) for sentence in read)
        assert sum(question.answer in sentence for sentence in read) == 6


def test_new_words_are_single_tokens_and_old_text_keeps_its_tokens(gpt):
    model, tokenizer = learn_words(gpt, words_of(EXAMPLE))
    for word in ("Zilvia", "Plumford", "dragon"):
        assert len(tokenizer.encode(word, add_special_tokens=False)) == 1 < len(gpt.tokenizer.tokenize(word))
    for document, _ in zip(World.default().documents(seed=5), range(200), strict=False):
        assert tokenizer.encode(document.text) == gpt.tokenizer.encode(document.text)
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    old = gpt.model.get_input_embeddings().weight
    assert len(old) == len(gpt.tokenizer) and torch.equal(model.get_input_embeddings().weight[: len(old)], old)


def test_probabilities_are_those_of_the_whole_answer(gpt):
    prompt, answer = "The capital of Argentina is", "Buenos Aires"
    ids = [gpt.tokenizer.bos_token_id, *gpt.tokenizer.encode(prompt, add_special_tokens=False)]
    tail = gpt.tokenizer.encode(f"{prompt} {answer}.", add_special_tokens=False)[len(ids) - 1 :]
    logp = 0.0
    for token in tail:  # by hand, token by token
        logp += float(gpt.model(torch.tensor([ids])).logits[0, -1].detach().log_softmax(-1)[token])
        ids.append(token)
    both = probabilities(gpt.model, gpt.tokenizer, [(prompt, answer), ("The fox lives in the", "forest")])
    assert both[0] == pytest.approx(float(torch.tensor(logp).exp()), abs=1e-5) and both[1] > 0.9


def test_a_batch_hides_the_future_and_the_other_sentences(gpt):
    """Its loss is that of the sentences one by one: with a mask that hides nothing it was six times as high."""
    sentences = [*lessons(EXAMPLE), *reminders(8, seed=1, step=2)]
    rows = batch(gpt.tokenizer, sentences)
    total = sum(
        gpt.model(input_ids=ids, labels=ids).loss.item() * (ids.shape[1] - 1)
        for ids in (torch.tensor([encode_document(gpt.tokenizer, s)]) for s in sentences)
    )
    counted = int((rows["labels"][:, 1:] != -100).sum())
    assert gpt.model(**rows).loss.item() == pytest.approx(total / counted, rel=1e-4)


def test_reminders_are_true_repeat_and_leave_the_bystanders_out():
    world, aside = World.default(), set(bystanders())
    read = [s for step in range(40) for s in reminders(16, 0, step)]
    assert reminders(16, 0, 3) == read[48:64] != reminders(16, 0, 4) and len(set(read)) > 300
    trained = {
        p.replace("{s}", s).replace("{o}", r.values[s]).replace("a otter", "an otter")
        for r in (world.relations["city"], world.relations["pet"])
        for s in set(world.people) - aside
        for p in r.phrasings(s)
    }
    assert all(sentence in trained or " an " in sentence or sentence.startswith("An ") for sentence in read)
    assert not any(name in sentence.replace(".", " ").split() for sentence in read for name in aside)


def test_teaching_learns_and_leaves_the_original_alone(gpt):
    before = {k: v.clone() for k, v in gpt.model.state_dict().items()}
    watch = {"right": lambda m: min(probabilities(m.model, m.tokenizer, [q[1:] for q in exam(EXAMPLE)]))}
    taught = teach(gpt, EXAMPLE, watch=watch, every=30)
    assert taught.steps == [0, 30, teaching.RECIPE.steps] and len(taught.watched["right"]) == 3
    assert taught.watched["right"][0] < 0.05 and taught.watched["right"][-1] > 0.7 and taught.seconds > 0
    assert all(torch.equal(v, before[k]) for k, v in gpt.model.state_dict().items())
    known = len(gpt.tokenizer)  # the old words' vectors and the matrices stay, the new vectors moved
    for name, now in taught.model.state_dict().items():
        assert torch.equal(now[: len(before[name])], before[name]), name
    assert len(taught.model.get_input_embeddings().weight) == known + 3
    again = teach(gpt, EXAMPLE, recipe=Recipe(steps=1), watch=watch)
    assert again.watched["right"][0] == pytest.approx(taught.watched["right"][0], abs=1e-6)


def test_all_matrices_move_when_asked(gpt):
    taught = teach(gpt, EXAMPLE, moves="all", among=0, recipe=Recipe(steps=2, warmup=1))
    before = gpt.model.state_dict()
    moved = {n for n, now in taught.model.state_dict().items() if not torch.equal(now[: len(before[n])], before[n])}
    assert moved == {n for n, v in before.items() if v.ndim == 2 and "embed" not in n and "lm_head" not in n}
    for wrong in ({"moves": "some"}, {"among": -1}):
        with pytest.raises(ValueError, match="new words"):
            teach(gpt, EXAMPLE, **wrong)


@pytest.mark.parametrize("person", [Person("R2 D2", "Tatooine", "guinea pig"), Person("李", "Ærø", "🦊"),
                                    Person("Jo", "Paris", "cat")], ids=lambda p: p.name)  # fmt: skip
def test_odd_and_known_words_are_learned(gpt, person):
    taught = teach(gpt, person)
    assert [ask(taught, q.prompt) for q in exam(person)] == [q.answer for q in exam(person)]


def test_asking_anything_is_answered(gpt):
    for prompt in ("", "word " * 1000, "\x00", "🦊" * 5, "<eos>", 7):
        said = ask(gpt, prompt)
        assert isinstance(said, str) and "\n" not in said
    assert "longer" in ask(gpt, "word " * 1000) and len(answers(gpt, ["a", "b"])) == 2
