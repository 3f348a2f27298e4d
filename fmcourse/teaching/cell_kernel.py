"""The kernel in which a student's notebook is marked: Python with IPython, and on Linux files closed before it starts.

    python -m fmcourse.teaching.cell_kernel FOLDER -f CONNECTION

It may read Python, its packages and the course, and write in FOLDER; so it sees neither the key, the gradebook and
other students' work nor the lecturer's files. Landlock closes them for all processes it starts, too, for good. The
network is closed one step earlier (`limited`). But: macOS and Windows close nothing here.
"""

import ctypes
import os
import struct
import sys

from fmcourse.applications.cell import FILE_RIGHTS, READ, WRITE, NotToBeHad
from fmcourse.paths import course_root, lessons_dir

EXECUTE = 1
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/mime.types",
           "/etc/nsswitch.conf", "/etc/hosts", "/etc/passwd", "/sys/devices/system", "/dev/urandom",
           "/proc")  # fmt: skip  # what belongs to processes outside, their environment say, Landlock keeps closed


def close_files(folder: str) -> None:
    """Landlock: the paths above and Python may be read, `folder` written. Raises NotToBeHad where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(444, None, 0, 1)
    if version < 1:
        raise NotToBeHad("this Linux has no Landlock")
    handled = FILE_RIGHTS.get(min(version, 4), 0)
    ruleset = libc.syscall(444, struct.pack("=Q", handled), 8, 0)
    course = course_root()
    readable = {sys.prefix, sys.base_prefix, str(lessons_dir().parent), str(course / "data"), str(course / "notebooks")}
    rules = [(path, READ | EXECUTE) for path in (*sorted(readable), *_SYSTEM)]
    for path, rights in [*rules, ("/dev/null", 0b110), (folder, WRITE | EXECUTE)]:
        if not os.path.exists(path):
            continue
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        allowed = rights & handled if os.path.isdir(path) else rights & handled & 0b111
        refused = libc.syscall(445, ruleset, 1, struct.pack("=Qi", allowed, handle), 0) < 0
        os.close(handle)
        if refused:
            raise NotToBeHad(f"Landlock refuses a rule for {path}")
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges, which Landlock asks for
    if libc.syscall(446, ruleset, 0) < 0:
        raise NotToBeHad("Landlock cannot be switched on")
    os.close(ruleset)


if __name__ == "__main__":
    folder = sys.argv.pop(1)
    os.chdir(folder)
    if sys.platform == "linux":
        try:
            close_files(folder)
        except NotToBeHad as missing:
            print(f"fmcourse: {missing}, so files stay open", file=sys.stderr)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
