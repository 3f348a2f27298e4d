"""A term: one secret text, from which every random thing in that term's assignments follows.

Who knows it can build the key, so it is treated as a password: short ones are refused, and it is stretched by scrypt
before use, because what students see depends on it and could be compared with guesses.
"""

import hashlib
import random
import secrets

from fmcourse.teaching.problem import Problem

SHORTEST = 12  # characters


class Term:
    """Random generators for one term; the same seed gives the same ones. Raises Problem for a seed that is too short.

    >>> Term("a winter of 2031").rng("03.merge").random() == Term("a winter of 2031").rng("03.merge").random()
    True
    """

    def __init__(self, seed: str):
        if len(set(seed)) < 6 or len(seed) < SHORTEST:
            raise Problem(
                f"The term seed is the password of the key: at least {SHORTEST} characters, 6 of them different; "
                "leave --term-seed out, and one is drawn and kept in instructor/."
            )
        self._secret = hashlib.scrypt(seed.encode(), salt=b"fmcourse term", n=2**14, r=8, p=1).hex()

    def rng(self, name: str) -> random.Random:
        """A generator of its own for the question `name`."""
        return random.Random(f"{self._secret} {name}")


def fresh_seed() -> str:
    """A seed nobody can guess."""
    return secrets.token_urlsafe(16)
