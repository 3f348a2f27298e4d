"""`begin`: what every notebook wants set before anything else. It prints nothing.

What this leaves out: installing (the shared first cell does that where it is needed).
"""

import logging
import os
import warnings


def begin() -> None:
    """Set figures to the course's style and keep libraries from filling the page with notices."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    for noisy in ("matplotlib.font_manager", "matplotlib.category"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*IProgress not found.*")
    from fmcourse.views import style

    style.use()
    from fmcourse.classroom import waiting

    waiting.watch()
