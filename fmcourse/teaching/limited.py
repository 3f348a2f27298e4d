"""Run one nbgrader command with limits on this process and all that it starts: `python -m fmcourse.teaching.limited`.

But: Windows has no such limits; there only the seconds hold.
"""

import sys


def limit(megabytes: int, file_megabytes: int) -> None:
    """Set what the system can set; a limit that is stricter already stays."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in (("RLIMIT_DATA", megabytes), ("RLIMIT_FSIZE", file_megabytes), ("RLIMIT_CORE", 0)):
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        wanted = most * 2**20 if hard == resource.RLIM_INFINITY else min(hard, most * 2**20)
        resource.setrlimit(which, (wanted, hard if hard == resource.RLIM_INFINITY and sys.platform == "darwin" else wanted))


if __name__ == "__main__":
    from fmcourse.teaching.cycle import FILE_MEGABYTES, MEGABYTES

    limit(MEGABYTES, FILE_MEGABYTES)
    from nbgrader.apps.nbgraderapp import main

    sys.argv[0] = "nbgrader"
    sys.exit(main())
