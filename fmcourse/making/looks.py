"""What a network in training could do after so many steps: quick looks, kept in a file beside its checkpoint.

But: a look is at few examples; what a model's card says is measured anew, on more.
"""

import json
from pathlib import Path

# Steps after which what is learned is looked at.
CURVE = (50, 100, 200, 300, 400, 600, 800, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 6000)


class Curve:
    """The looks of one run, in the order of their steps."""

    def __init__(self, file: Path):
        self.file = file

    def points(self) -> list[dict[str, float]]:
        """One dictionary for each look, with its "step"."""
        return json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else []

    def add(self, step: int, found: dict[str, float]) -> None:
        """One more look; a step that is looked at again, after an interruption, replaces the earlier look."""
        points = [p for p in self.points() if p["step"] < step] + [{"step": step} | found]
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(points), encoding="utf-8")

    def forget(self) -> None:
        """Begin anew."""
        self.file.unlink(missing_ok=True)
