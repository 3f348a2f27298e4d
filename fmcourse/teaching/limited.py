"""Run one nbgrader command with limits on this process and all that it starts: `python -m fmcourse.teaching.limited`.

On Linux it also gets a network of its own, in which nothing but this machine's own address answers. But: where the
system refuses that, the network stays open; and Windows has no limits either, there only the seconds hold.
"""

import ctypes
import os
import socket
import struct
import sys
import time

MEGABYTES, FILE_MEGABYTES = 6000, 200  # what a student's notebook may take, and write into one file
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP of Linux


def limit(megabytes: int, file_megabytes: int) -> None:
    """Set what the system can set, memory and size of a file in MB; a limit that is stricter already stays."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in (("RLIMIT_DATA", megabytes), ("RLIMIT_FSIZE", file_megabytes), ("RLIMIT_CORE", 0)):
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        wanted = most * 2**20 if hard == resource.RLIM_INFINITY else min(hard, most * 2**20)
        resource.setrlimit(which, (wanted, wanted))


def close_network() -> bool:
    """Move this process into an empty network with its own address switched on; says whether that was possible."""
    if sys.platform != "linux":
        return False
    import fcntl

    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_USER | NEW_NETWORK) != 0:
        return False
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            asked = struct.pack("16sh14x", b"lo", 0)
            _, flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, GET_FLAGS, asked))
            fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))
    except OSError as wrong:  # closed all the same, only the kernel will not be reached
        print(f"fmcourse: this machine's own address cannot be switched on ({wrong})", file=sys.stderr)
    return True


def adopt() -> None:
    """On Linux: a process whose parent ended becomes a child of this one, so that it is found at the end."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0)


def end_started(pid: int) -> None:
    """End all that process `pid` started, and what that started; looked for again, as they may start more meanwhile."""
    import psutil

    for _ in range(50):
        try:
            started = [p for p in psutil.Process(pid).children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]
        except psutil.NoSuchProcess:
            continue
        if not started:
            return
        for one in started:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                pass
        time.sleep(0.02)


if __name__ == "__main__":
    limit(MEGABYTES, FILE_MEGABYTES)
    close_network()
    adopt()
    from nbgrader.apps.nbgraderapp import main

    sys.argv[0] = "nbgrader"
    try:
        sys.exit(main())
    finally:
        end_started(os.getpid())
