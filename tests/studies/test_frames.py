"""The counter of frames: it weighs who is spoken of and what is asked, and answers nothing where it counted nothing."""

from fmcourse.studies.frames import frame_counter
from fmcourse.world import World


def test_frames_know_which_word_asks():
    relations = list(World.default().relations.values())
    answer = frame_counter(relations)
    facts = [(r, s, o) for r in relations for s, o in r.values.items()][::9]
    right = sum(answer(r.prompt(s, r.withheld_forward(s))) == o for r, s, o in facts)
    assert right / len(facts) > 0.9
    assert answer("") is None and answer("Nobody ever saw a") is None
