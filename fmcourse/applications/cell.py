"""The inside of the sandbox: closes what it can, then runs one program. Started by `sandbox.run`, never imported by it.

    python -I -S -B cell.py FOLDER MEGABYTES SECONDS full|limits

It needs Python's standard library alone. What is closed stays closed: neither Linux's Landlock nor seccomp can be taken
back by a process, whatever it does, not even by root.

1. limits: memory, processor seconds, size of a file, open files, no core dump;
2. files (Landlock): Python's own library may be read, FOLDER read and written, nothing else;
3. calls into the kernel (seccomp): no new process, no network, no signal to anybody, no change of rights or owners.

But: what `os.stat` tells of a file (that it is there, its size and time) stays visible, and so do the clock and the
number of cores. A fault in the kernel itself is no fault that this can stop.

Sources: Linux manual pages landlock(7), seccomp(2), prctl(2), getrlimit(2); on macOS sandbox-exec(1).
"""

import ctypes
import os
import platform
import struct
import sys
import sysconfig

# Names and numbers of the calls that are refused; a missing one does not exist on that machine.
X86_64 = """socket 41 socketpair 53 fork 57 vfork 58 execve 59 kill 62 ptrace 101 setsid 112 setpgid 109 mount 165
umount2 166 pivot_root 155 chroot 161 reboot 169 swapon 167 sethostname 170 setdomainname 171 iopl 172 ioperm 173
init_module 175 delete_module 176 tkill 200 tgkill 234 rt_sigqueueinfo 129 rt_tgsigqueueinfo 297 shmget 29 semget 64
msgget 68 mq_open 240 add_key 248 request_key 249 keyctl 250 unshare 272 setns 308 perf_event_open 298
process_vm_readv 310 process_vm_writev 311 kcmp 312 finit_module 313 memfd_create 319 bpf 321 execveat 322
userfaultfd 323 prlimit64 302 setrlimit 160 setpriority 141 sched_setscheduler 144 chmod 90 fchmod 91 chown 92
fchown 93 lchown 94 fchownat 260 fchmodat 268 fchmodat2 452 utime 132 utimes 235 futimesat 261 utimensat 280
setxattr 188 lsetxattr 189 fsetxattr 190 removexattr 197 lremovexattr 198 fremovexattr 199 settimeofday 164
clock_settime 227 adjtimex 159 clock_adjtime 305 acct 163 quotactl 179 open_by_handle_at 304 name_to_handle_at 303
kexec_load 246 kexec_file_load 320 syslog 103"""
ARM64 = """socket 198 socketpair 199 execve 221 kill 129 ptrace 117 setsid 157 setpgid 154 mount 40 umount2 39
pivot_root 41 chroot 51 reboot 142 swapon 224 sethostname 161 setdomainname 162 init_module 105 delete_module 106
tkill 130 tgkill 131 rt_sigqueueinfo 138 rt_tgsigqueueinfo 240 shmget 194 semget 190 msgget 186 mq_open 180
add_key 217 request_key 218 keyctl 219 unshare 97 setns 268 perf_event_open 241 process_vm_readv 270
process_vm_writev 271 kcmp 272 finit_module 273 memfd_create 279 bpf 280 execveat 281 userfaultfd 282 prlimit64 261
setrlimit 164 setpriority 140 sched_setscheduler 119 fchmod 52 fchmodat 53 fchmodat2 452 fchownat 54 fchown 55
utimensat 88 setxattr 5 lsetxattr 6 fsetxattr 7 removexattr 14 lremovexattr 15 fremovexattr 16 settimeofday 170
clock_settime 112 adjtimex 171 clock_adjtime 266 acct 89 quotactl 60 open_by_handle_at 265 name_to_handle_at 264
kexec_load 104 kexec_file_load 294 syslog 116"""
BOTH = """pidfd_send_signal 424 io_uring_setup 425 io_uring_enter 426 io_uring_register 427 open_tree 428 move_mount 429
fsopen 430 fsmount 432 pidfd_open 434 pidfd_getfd 438 mount_setattr 442"""
# machine: (the kernel's number for it, refused calls, clone, clone3)
MACHINES = {"x86_64": (0xC000003E, X86_64, 56, 435), "aarch64": (0xC00000B7, ARM64, 220, 435)}
CLONE_THREAD = 0x00010000
EPERM, ENOSYS = 1, 38
# what Landlock can forbid, by the version of it: one bit for each right on files
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
READ = 0b1100  # a file, a folder
WRITE = sum(1 << bit for bit in (1, 2, 3, 4, 5, 7, 8, 12, 13, 14))  # all but to execute and to make devices or sockets


class NotToBeHad(Exception):
    """The system does not give the isolation that was asked for."""


def limit(megabytes: int, seconds: int) -> None:
    """Memory beyond what Python holds already, processor seconds, 1 MB for a file, 64 open files."""
    import resource

    held = 0
    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm") as file:
            held = int(file.read().split()[0]) * resource.getpagesize()
    for what, most in (
        ("RLIMIT_AS", held + megabytes * 2**20), ("RLIMIT_CPU", seconds), ("RLIMIT_FSIZE", 2**20),
        ("RLIMIT_NOFILE", 64), ("RLIMIT_CORE", 0),
    ):  # fmt: skip
        if hasattr(resource, what):
            resource.setrlimit(getattr(resource, what), (most, most))


def close_files(libc: ctypes.CDLL, folder: str) -> None:
    """Landlock: read Python's library, read and write `folder`, nothing else. Raises `NotToBeHad` without Landlock."""
    version = libc.syscall(444, None, 0, 1)
    if version < 1:
        raise NotToBeHad("this Linux has no Landlock (or it is switched off), so files cannot be closed")
    handled = FILE_RIGHTS.get(min(version, 4), 0)
    ruleset = libc.syscall(444, struct.pack("=Q", handled), 8, 0)
    if ruleset < 0:
        raise NotToBeHad("Landlock refuses its first rule, so files cannot be closed")
    paths = sysconfig.get_paths()
    readable = {paths["stdlib"], paths["platstdlib"], "/lib", "/lib64", "/usr/lib", "/usr/lib64"}
    readable |= {os.path.join(sys.base_prefix, "lib"), os.path.join(sys.base_exec_prefix, "lib")}
    for path, rights in [*((p, READ | 1) for p in sorted(readable)), ("/dev/null", 0b110), ("/dev/urandom", 0b100),
                         (folder, WRITE)]:  # fmt: skip
        if not os.path.exists(path):
            continue
        allowed = rights & handled if os.path.isdir(path) else rights & handled & 0b111
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if libc.syscall(445, ruleset, 1, struct.pack("=Qi", allowed, handle), 0) < 0:
            raise NotToBeHad(f"Landlock refuses a rule for {path}")
        os.close(handle)
    if libc.syscall(446, ruleset, 0) < 0:
        raise NotToBeHad("Landlock cannot be switched on")
    os.close(ruleset)


def close_calls(libc: ctypes.CDLL) -> None:
    """seccomp: the calls above answer "not permitted"; new threads are allowed, new processes are not."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise NotToBeHad(f"the calls of a {platform.machine()} are not known here, so they cannot be closed")
    audit, own, clone, clone3 = machine
    numbers = [int(word) for word in f"{own} {BOTH}".split()[1::2]]

    def step(code: int, k: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, k)

    load, equal, least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    no, gone, fine, end = 0x00050000 | EPERM, 0x00050000 | ENOSYS, 0x7FFF0000, 0x80000000
    program = [
        step(load, 4), step(equal, audit, 1, 0), step(give, end),  # another kind of machine code: end
        step(load, 0), step(least, 0x40000000, 0, 1), step(give, end),  # x32 numbers: end
        step(equal, clone3, 0, 1), step(give, gone),  # then threads are made with clone
        step(equal, clone, 0, 4), step(load, 16), step(any_bit, CLONE_THREAD, 1, 0), step(give, no), step(give, fine),
    ]  # fmt: skip
    for number in numbers:
        program += [step(equal, number, 0, 1), step(give, no)]
    program.append(step(give, fine))
    steps = ctypes.create_string_buffer(b"".join(program))
    head = struct.pack("=HxxxxxxQ", len(program), ctypes.addressof(steps))
    if libc.prctl(22, 2, ctypes.create_string_buffer(head), 0, 0) != 0:
        raise NotToBeHad("seccomp refuses its rules, so calls cannot be closed")


def close(folder: str, megabytes: int, seconds: int, how: str) -> None:
    """Everything that this system gives; raises `NotToBeHad` when `how` is "full" and something is missing."""
    if os.name == "posix":
        limit(megabytes, seconds)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(38, 1, 0, 0, 0)  # no new privileges, which both need
        for shut in (lambda: close_files(libc, folder), lambda: close_calls(libc)):
            try:
                shut()
            except NotToBeHad:
                if how == "full":
                    raise
    elif how == "full" and os.environ.get("FMCOURSE_CELL") != "sandbox-exec":
        raise NotToBeHad("this system closes neither files nor network for a program")


def main() -> None:
    folder, megabytes, seconds, how = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    with open(os.path.join(folder, "program.py"), encoding="utf-8", errors="surrogatepass") as file:
        text = file.read()
    os.remove(os.path.join(folder, "program.py"))
    import encodings.idna  # noqa: F401  # what Python would look for later is looked for now
    import linecache  # noqa: F401
    import traceback  # noqa: F401

    try:
        close(folder, megabytes, seconds, how)
    except NotToBeHad as missing:
        print(f"refused: {missing}", file=sys.stderr)
        raise SystemExit(120) from None
    sys.argv = ["program.py"]
    scope = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(text, "program.py", "exec"), scope)


if __name__ == "__main__":
    main()
