"""What a reader needs to know about a computer to compare seconds, and to trust last digits."""

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version


def machine() -> dict:
    """Cores, system, versions and today's date."""

    def of(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": of("torch"),
        "transformers": of("transformers"),
        "date": time.strftime("%Y-%m-%d"),
    }
