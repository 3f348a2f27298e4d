"""The small world whose truth we know: facts, documents with exact prices, what is withheld, baselines."""

from fmcourse.world.draw import Document, Draw, Link, Span, enumerate_texts
from fmcourse.world.facts import Relation, pronoun, share
from fmcourse.world.kinds import KINDS
from fmcourse.world.kinds.knowledge import two_hop_prompt
from fmcourse.world.world import Dials, World, floor

__all__ = [
    "KINDS",
    "Dials",
    "Document",
    "Draw",
    "Link",
    "Relation",
    "Span",
    "World",
    "enumerate_texts",
    "floor",
    "pronoun",
    "share",
    "two_hop_prompt",
]
