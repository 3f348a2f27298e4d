"""The best possible reader of a list prompt: which relation do the pairs shown speak of, and what follows?

    list_reader("List: Peru -> Lima; France ->", world)      # {'Paris': 1.0}
    list_reader("List: France ->", world)                    # Paris, French and Europe, a third each

Bayes' rule over the relations that the world writes as lists: each is as likely beforehand, and afterwards as likely as
it makes the pairs shown. Nobody who knows the world's facts and nothing else can do better, so this is the ceiling for
"recognising a task"; the ceiling for labels assigned afresh is `world.baselines.labelling_reader`.

But: only for lists whose relation the model has met as a list; the others have no such reader.
"""

import re
from collections import defaultdict

from fmcourse.world import World

_PAIR = re.compile(r" ([^;>]+) -> ([^;]+);")


def list_reader(prompt: str, world: World) -> dict[str, float]:
    """The probability of each answer after a prompt such as "List: Peru -> Lima; France ->", most likely first.

    Raises `ValueError` for a prompt of another form, a subject without a relation, or pairs that no relation has.
    """
    match = re.fullmatch(r"List:((?: [^;>]+ -> [^;]+;)*) ([^;>]+) ->\s*", prompt)
    if not match:
        raise ValueError(f"not a list prompt: {prompt[:60]!r}; it goes 'List: Peru -> Lima; France ->'.")
    shown, subject = _PAIR.findall(match[1]), match[2]
    weight: dict[str, float] = defaultdict(float)
    for name in world.listed:
        values, subjects = world.relations[name].values, world.listed_subjects(name)
        named = [s for s, _ in shown] + [subject]
        if all(s in values for s in named) and all(values[s] == o for s, o in shown):
            chance = 1.0
            for i in range(len(named)):  # subjects are drawn without putting any back
                chance /= len(subjects) - i
            weight[values[subject]] += chance
    if not weight:
        raise ValueError(f"no relation that is written as a list fits {prompt[:60]!r}.")
    total = sum(weight.values())
    return {o: w / total for o, w in sorted(weight.items(), key=lambda row: (-row[1], row[0]))}
