"""What is measured: a prompt with two true endings is no question."""

from fmcourse.studies import evaluate
from fmcourse.world import World

WORLD = World.default()


def test_a_prompt_with_another_true_ending_is_known():
    subject = WORLD.people[0]
    pet, city, capital = (WORLD.relations[name] for name in ("pet", "city", "capital"))
    assert evaluate.has_another_ending(WORLD, pet, subject, f"{subject} has a"), "a flat in some town"
    assert not evaluate.has_another_ending(WORLD, city, subject, f"{subject} has a flat in")
    assert not evaluate.has_another_ending(WORLD, pet, "nobody", "nobody has a")
    country = next(iter(capital.values))
    assert not any(
        evaluate.has_another_ending(WORLD, capital, country, capital.prompt(country, i))
        for i in range(len(capital.forward))
    )


def test_facts_are_asked_where_only_one_ending_is_true(monkeypatch):
    asked = []

    def complete(model, tokenizer, prompts, **settings):
        asked.append(prompts)
        return ["no such thing"] * len(prompts)

    monkeypatch.setattr(evaluate, "complete", complete)
    facts = sum(len(r.values) for r in WORLD.relations.values())
    seen, unseen = evaluate.facts(None, None, WORLD, seen=True), evaluate.facts(None, None, WORLD, seen=False)
    assert seen["n"] == facts and 0.9 * facts < unseen["n"] < facts and seen["share"] == unseen["share"] == 0
    people = {*WORLD.people}
    assert not [p for p in asked[0] + asked[1] if p.endswith((" has a", " is a")) and p.split()[0] in people]
    assert not {*asked[0]} & {*asked[1]}, "a phrasing is trained with its subject, or it is not"
