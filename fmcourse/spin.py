"""Let waiting threads sleep: with this, two trainings on the same cores take twice the time, without it fifteen times.

PyTorch's Linux builds share work among threads by GNU OpenMP, whose threads count to hundreds of millions while they
wait, and keep the cores from everybody else. Measured, milliseconds a training step of world-gpt on two cores: alone
75 with and without; two at once 1164 without and 170 with. The variable is read when torch is loaded.

But: other OpenMP libraries (Windows, macOS) read other variables, and are left alone.
"""

from collections.abc import MutableMapping

ROUNDS = "1000"  # how often a thread looks before it sleeps; fewer cost more alone, more cost more beside others


def calm(environ: MutableMapping[str, str]) -> None:
    """Set GOMP_SPINCOUNT in `environ`, unless it says already how threads should wait.

    >>> here = {}
    >>> calm(here)
    >>> here
    {'GOMP_SPINCOUNT': '1000'}
    """
    if "GOMP_SPINCOUNT" not in environ and "OMP_WAIT_POLICY" not in environ:
        environ["GOMP_SPINCOUNT"] = ROUNDS
