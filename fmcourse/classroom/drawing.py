"""`draws`: where the random numbers of a lesson come from, so that the whole lesson can be drawn anew.

    people = draws("four people").sample(names, 4)        # as `random.Random("four people")`
    noise = torch.randn(8, generator=draws(3).torch)      # as `torch.Generator().manual_seed(3)`
    texts = world.documents(draws(3).number)              # a seed, for what takes one

The stored notebook is draw 0. `fmcourse run --draw 4` runs it with other people, noise and texts; `fmcourse replicate`
does so ten times and counts in how many draws each claim comes out alike. What this leaves out: the shipped models and
the world itself are one draw, the same in all of these.
"""

import hashlib
import os
import random

VARIABLE = "FMCOURSE_DRAW"


def draw_number() -> int:
    """Which draw this is: the environment variable FMCOURSE_DRAW, 0 where it is not set.

    Raises ValueError when it is not a whole number from 0 on.
    """
    told = os.environ.get(VARIABLE, "").strip() or "0"
    if not (told.isascii() and told.isdigit()):
        raise ValueError(f"{VARIABLE} must be a whole number from 0 on, not {told!r}; unset it for the stored draw.")
    return int(told)


class Draws(random.Random):
    """A generator with all methods of `random.Random`, and the same draw for torch, numpy and functions with a seed."""

    def __init__(self, name: int | str, draw: int = 0):
        self.name, self.draw = name, draw
        super().__init__(f"{name!r}\0draw {draw}" if draw else name)

    def __new__(cls, name: int | str, draw: int = 0):
        return super().__new__(cls, 0)

    @property
    def number(self) -> int:
        """A seed from 0 to 2**31 - 1; in draw 0 the name itself, where that is one."""
        if not self.draw and isinstance(self.name, int):
            return self.name
        text = f"{self.name!r}, draw {self.draw}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1

    @property
    def torch(self):
        """A new `torch.Generator` on the CPU."""
        import torch

        return torch.Generator().manual_seed(self.number)

    @property
    def numpy(self):
        """A new `numpy.random.Generator`."""
        import numpy as np

        return np.random.default_rng(self.number)


def draws(name: int | str) -> Draws:
    """The generator called `name` (a word, or a whole number from 0 on) in this draw: another name, other numbers.

    Raises ValueError for another kind of name, and for a FMCOURSE_DRAW that is not a whole number.

    >>> draws("four people").sample("abcdefgh", 4) == random.Random("four people").sample("abcdefgh", 4)
    True
    >>> draws(3).number
    3
    """
    good = isinstance(name, str) or isinstance(name, int) and not isinstance(name, bool) and 0 <= name < 2**31
    if not good:
        raise ValueError(f"draws takes a word or a whole number from 0 to 2**31 - 1, not {name!r}.")
    return Draws(name, draw_number())
