"""Where the tests keep what they write, and the environment that keeps other processes offline."""

import os
import tempfile
from pathlib import Path

OFFLINE = Path(__file__).with_name("offline")
SCRATCH = Path(tempfile.mkdtemp(prefix="fmcourse-tests-"))
OUTSIDE_LOG = SCRATCH / "outside.log"  # one line for each refused attempt to leave this machine


def offline_environment() -> dict[str, str]:
    """The present environment, changed so that a Python process started with it cannot leave this machine."""
    path = os.pathsep.join(p for p in (str(OFFLINE), os.environ.get("PYTHONPATH", "")) if p)
    return {**os.environ, "PYTHONPATH": path, "FMCOURSE_OUTSIDE_LOG": str(OUTSIDE_LOG)}


def attempts() -> list[str]:
    """The hosts that somebody tried to reach so far."""
    return OUTSIDE_LOG.read_text(encoding="utf-8").split() if OUTSIDE_LOG.exists() else []
