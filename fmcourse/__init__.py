"""fmcourse: the helper package of a foundation-model course that runs anywhere and checks what it claims.

Importing it is cheap: every part is loaded when it is first touched, so `import fmcourse` needs neither torch nor
matplotlib. The parts, from the ground up, each allowed to use only those before it (docs/architecture.md):

    world, scenes           what is true, and the documents and pictures made from it   (no torch)
    models                  networks, and `load`
    prompting, training     ways to ask a model, and to bend it to a task
    views, classroom        figures with text alternatives; claims, checks, quizzes, progress
    lessons, experiments    what belongs to one notebook; what belongs to one recorded table
"""

import os

from fmcourse import spin
from fmcourse.lazy import lazy

spin.calm(os.environ)  # before anything loads torch
__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy(
    __name__,
    {"load": "models"},
    modules=("world", "scenes", "models", "training", "prompting", "views", "classroom", "paths"),
)
