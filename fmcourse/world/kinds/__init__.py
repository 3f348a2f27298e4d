"""Every kind of document, with its share of the documents. The shares are part of the world: they are charged too."""

from collections.abc import Callable

from fmcourse.world.draw import Draw
from fmcourse.world.kinds import incontext, knowledge, language, professions, skills
from fmcourse.world.needs import Facts

KINDS: dict[str, tuple[float, Callable[[Draw, Facts], None]]] = {
    "fact": (0.10, knowledge.fact),
    "person": (0.18, knowledge.person),
    "moon": (0.03, knowledge.moon),
    "borders": (0.01, knowledge.borders),
    "question": (0.07, knowledge.question),
    "two_hop": (0.13, knowledge.two_hop),
    "list": (0.05, knowledge.listing),
    "labelling": (0.12, incontext.labelling),
    "repeat": (0.03, incontext.repeat),
    "recall": (0.03, incontext.recall),
    "reading": (0.03, incontext.reading),
    "rating": (0.020, incontext.rating),
    "summary": (0.025, incontext.summary),
    "story": (0.025, language.story),
    "work": (0.012, language.work),
    "review": (0.02, language.review),
    "register": (0.015, language.register),
    "translation": (0.03, language.translation),
    "arithmetic": (0.035, skills.arithmetic),
    "tool": (0.01, skills.tool),
    "code": (0.02, skills.code),
    "instruct": (0.025, skills.instruct),
    "dialogue": (0.015, skills.dialogue),
    "contract": (0.006, professions.contract),
    "medical": (0.006, professions.medical),
    "finance": (0.010, professions.finance),
    "academic": (0.005, professions.academic),
    "game": (0.007, professions.game),
}
