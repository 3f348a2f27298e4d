"""Prompt, retrieve or tune: the tasks are what they say, and the search finds."""

from fmcourse.studies import ways
from fmcourse.world import World


def test_known_questions_were_never_read_and_solved_ones_were():
    of, world = ways.material("known", 5), World.default()
    read = {ways.ASPECTS[a][1].format(s=s) for a in ways.ASPECTS for s in world.asked_subjects(a)}
    assert not {e.search for e in of.asked} & read and {e.search for e in of.solved} <= read
    assert len({e.search for e in of.asked}) == ways.ASKED


def test_the_search_finds_the_sentence_that_answers():
    of = ways.material("document", 5)
    found = [any(e.answer in s for s in ways.retrieved(of.library, e.search)) for e in of.asked]
    assert all(found)
    assert ways.retrieved(["a b", "a c", "a d"], "d?", 1) == ["a d"]


def test_nobody_who_is_asked_about_stands_in_a_chat_of_the_training():
    of = ways.material("chat", 5)
    assert not {e.search.split()[2] for e in of.asked} & {e.search.split()[2] for e in of.solved}


def test_a_lesson_is_learned_from_its_answer_to_its_end():
    from fmcourse.models.loading import load

    tokenizer = load("world-gpt", device="cpu").tokenizer
    ids, mask = ways.lesson(tokenizer, "Question: What pet does Katavi have? Answer: ", "dog.")
    assert tokenizer.decode([i for i, m in zip(ids, mask, strict=True) if m]).strip() == "dog.<eos>"
    ids, mask = ways.lesson(tokenizer, "", "Anwi has a fish.")
    assert mask == [0] + [1] * (len(ids) - 1)


def test_the_best_variant_is_the_best_on_average():
    rows = [
        {"what": "way", "task": "chat", "way": "tune", "variant": v, "right": r}
        for v, r in (("LoRA", 0.9), ("LoRA", 0.7), ("full", 1.0), ("full", 0.5))
    ]
    assert ways.best(rows, "chat", "tune") == (0.8, "LoRA")
