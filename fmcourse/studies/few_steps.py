"""Quality against steps: the shipped text-to-image model with 1 to 50 steps, and students that it was distilled into.

All draw the same captions from the same noise, so that they are compared in pairs ("each" says which came out right).
The teacher and its students keep that noise on their way; "fresh" is the teacher with new noise in every step. `calls`
counts looks of the network a picture: guidance costs two a step, and a student needs none.

But: one shipped teacher; only captions of two things.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from fmcourse.generation.distilling import distil
from fmcourse.generation.forms import FORMS
from fmcourse.generation.scoring import questions, score

STEPS, ROUNDS, SEEDS, CAPTIONS, GUIDANCE = (1, 2, 3, 4, 5, 8, 10, 25, 50), (8, 4, 2, 1), (0, 1), 500, 2.0


def row(
    loaded: Any, steps: int, guidance: float, captions: int = CAPTIONS, fresh: bool = False, **key: Any
) -> dict[str, Any]:
    """How many of the captions of two things a model draws rightly in so many steps."""
    found = score(
        loaded, questions("two things", captions, "steps"), steps=steps, guidance=guidance, seed=7, fresh=fresh
    )
    each, calls = found.fits & found.legal, steps * (1 if guidance == 1 else 2)
    parts = {name: float(true.mean()) for name, true in found.parts.items()}
    return {**key, "steps": steps, "guidance": guidance, "calls": calls, "right": int(each.sum()), "n": captions,
            "each": "".join("01"[int(ok)] for ok in each),  # caption by caption, so that rows can be paired
            "legal": float(found.legal.mean()), **parts}  # fmt: skip


def teacher_rows(loaded: Any, steps: Sequence[int] = STEPS, fresh: bool = False) -> list[dict[str, Any]]:
    """The shipped model with each number of steps, with guidance, and the noise of the beginning or a `fresh` one."""
    return [row(loaded, few, GUIDANCE, fresh=fresh, who="fresh" if fresh else "teacher") for few in steps]


def student_rows(loaded: Any, seed: int, training_steps: int = 250) -> list[dict[str, Any]]:
    """One distillation, and each student with the steps it was made for."""
    students = distil(
        loaded.model, FORMS["image"], ROUNDS, guidance=GUIDANCE, steps=training_steps, seed=seed, progress=False
    )
    return [
        row(SimpleNamespace(model=student.eval(), card={"form": "image"}), few, 1.0, who="student", seed=seed)
        for few, student in students.items()
    ]
