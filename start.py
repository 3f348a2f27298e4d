"""Set the course up, then open it. Needs Python 3.11, 3.12 or 3.13 and nothing else; Linux, macOS, Windows.

    python3 start.py                     set up, open JupyterLab on notebook 00 in my-course/   (--no-browser, --port N)
    python3 start.py test [...]          set up, run all tests                  (what follows goes to pytest)
    python3 start.py run [NN ...]        set up, execute notebooks; copies, pages and a table in build/
    python3 start.py pack [FOLDER]       make a folder for a USB stick: this course and every package it needs
    python3 start.py WORD [...]          doctor, ask, pretrain, progress, reset, save ...: the command fmcourse
    python3 start.py --wheelhouse FOLDER [WORD ...]     the same, installing from such a folder without a network

Everything is installed into .venv beside this file; delete that folder and nothing is left. When all is in place a
call costs a fraction of a second. A call that was stopped midway is finished by the next one, and an environment that
must be replaced is kept until the new one stands.

What this leaves out: it updates nothing by itself, and names no package but PyTorch: pyproject.toml has the list.
"""

import ast
import contextlib
import csv
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST, NEWEST = (3, 11), (3, 13)
# The versions that were tried. pyproject.toml may leave the upper end open, so that a newer torch that is there (on
# Colab) can stay; pip alone would take the newest, and on Linux gigabytes of CUDA with it.
TORCH = "torch>=2.11,<2.14"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyTorch's own list of builds without CUDA
CPU_INDEX_PATIENCE = 5  # seconds
DOWNLOAD_MB, DISK_MB, MINUTES = 450, 2100, "2 to 6"  # measured on Linux, CPU build, extras lab and test
CUDA_DOWNLOAD_MB, CUDA_DISK_MB = 3000, 6000  # roughly what CUDA adds where there is an NVIDIA GPU (Linux)
EXTRAS = {
    "test": {"lab", "test", "align", "agents", "search", "site"},  # for 12: trl (300 MB), 13: mcp, 18: faiss
    "pack": {"lab", "test", "align", "agents", "search", "site"},  # so that `test` works offline too
    "site": {"lab", "site"},
    "class": {"lab", "class"},
}
# pip compiles one file after another, which takes as long as all the rest; this does it on every core.
FIRST_LOOK = r"""import compileall, re, sysconfig, torch, typer
compileall.compile_dir(sysconfig.get_path("purelib"), quiet=2, workers=0, rx=re.compile(r"[/\\]tests?[/\\]"))"""
WINDOWS = os.name == "nt"
QUIET = ["--disable-pip-version-check", "--progress-bar", "off"]
# What pip was told on this computer about its sources and the way to them counts; where and what to install does not.
SOURCES = (
    "index-url",
    "extra-index-url",
    "no-index",
    "find-links",
    "trusted-host",
    "proxy",
    "cert",
    "client-cert",
    "timeout",
    "default-timeout",
    "cache-dir",
    "no-cache-dir",
    "keyring-provider",
    "use-feature",
    "use-deprecated",
)
SPINCOUNT = "1000"  # as in fmcourse/spin.py: threads of torch that wait do not keep other programs from the cores
# In .venv while a new environment is made: the one before; and while that is being moved, what has been moved by then.
OLD, MOVING = "start.py-old", "start.py-moving"
OURS = ("lock", "install.log", OLD, MOVING)  # no part of an environment


class Trouble(Exception):
    """One or two sentences: what is wrong, and what to do."""


# ---- What this computer is


def check_computer():
    """Raise Trouble when no set-up could work here."""
    here = sys.version_info[:2]
    if not OLDEST <= here <= NEWEST:
        names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
        other = next((name for name in names if shutil.which(name)), None)
        cure = f"You have one: run `{other} start.py`." if other else "Install Python 3.12 and run start.py with it."
        word = "old" if here < OLDEST else "new"
        raise Trouble(f"This is Python {here[0]}.{here[1]}, too {word} for the course: it needs 3.11 to 3.13. {cure}")
    if platform.system() == "Darwin" and platform.machine() == "x86_64":
        asked = subprocess.run(["sysctl", "-in", "sysctl.proc_translated"], stdout=subprocess.PIPE, text=True)
        if asked.stdout.strip() == "1":
            raise Trouble(
                "This Python was built for Intel, but the Mac has an Apple chip: "
                "install Python for Apple silicon and run start.py with it."
            )
        raise Trouble(
            "PyTorch stopped supporting Macs with an Intel chip: open the notebooks on Google Colab instead, "
            "as README.md says."
        )


def check_can_install():
    """Raise Trouble when a virtual environment cannot be made, or would not fit."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Trouble(
            "This Python cannot make virtual environments. "
            f"On Debian or Ubuntu run `sudo apt install python{version}-venv`, then start.py again."
        )
    if not os.access(str(ROOT), os.W_OK):
        raise Trouble(f"The folder {ROOT} cannot be written: copy the course to your own disk and run start.py there.")
    alone = os.path.join(os.path.realpath(str(ROOT)), VENV.name)
    if os.path.normcase(os.path.realpath(str(VENV))) != os.path.normcase(alone):
        raise Trouble(
            f"{VENV} is a link, and what it leads to is not start.py's to change: "
            "remove the link, then run start.py again."
        )
    if VENV.exists() and not VENV.is_dir():
        raise Trouble(f"{VENV} is a file where start.py needs a folder: rename it, then run start.py again.")


def check_room(anew):
    """Raise Trouble when the disk is too full. What is there counts as room, unless it is kept beside a new one."""
    free, needs = shutil.disk_usage(str(ROOT)).free // 10**6, DISK_MB + (CUDA_DISK_MB if wants_cuda() else 0)
    there = sum(f.stat().st_size for f in VENV.rglob("*") if f.is_file() and not f.is_symlink()) // 10**6
    if free + (0 if anew else there) < needs:
        more = needs - (0 if anew else there)
        delete = f"delete .venv ({there} MB), " if anew and there else ""
        raise Trouble(
            f"The disk is nearly full: {free} MB are free, the course needs {more} more. "
            f"Free some space, {delete}or move the folder to another disk."
        )


def has_nvidia_gpu():
    tool = shutil.which("nvidia-smi")
    try:
        return (
            bool(tool)
            and subprocess.run(
                [tool, "-L"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def wants_cuda():
    """Whether the usual package of PyTorch brings CUDA here, to some use."""
    return platform.system() == "Linux" and has_nvidia_gpu()


def wants_cpu_index(env):
    """Whether PyTorch's CPU list is worth asking: only on Linux does the usual package bring gigabytes of CUDA.

    Where pip's environment has sources of its own (a mirror, a folder of wheels), those decide.
    """
    own = {"PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS"} & set(env)
    if own or platform.system() != "Linux" or has_nvidia_gpu():
        return False
    return answers(CPU_INDEX + "/torch/", CPU_INDEX_PATIENCE)


def answers(url, seconds):
    """Whether an address answers within so many seconds, name look-up included (which has no time limit of its own)."""
    found = []

    def ask():
        with contextlib.suppress(Exception), urllib.request.urlopen(url, timeout=seconds) as reply:
            found.append(reply.status == 200)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return found == [True]


# ---- The virtual environment and what it says of itself


def venv_python():
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def wanted_state(stage, extras):
    """What .venv/fmcourse.json says when `stage` is reached: "making", "made" or, written last of all, "ready"."""
    return {
        "stage": stage,
        "extras": sorted(extras),
        "python": list(sys.version_info[:2]),
        "root": str(ROOT),
        "pyproject": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
    }


def read_state():
    """What .venv/fmcourse.json says; empty when the environment is none of ours."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads((VENV / "fmcourse.json").read_text(encoding="utf-8"))
        if isinstance(state, dict) and isinstance(state.get("extras"), list):
            return state
    return {}


def write_state(stage, extras):
    new = VENV / "fmcourse.json.new"
    new.write_text(json.dumps(wanted_state(stage, extras), indent=1), encoding="utf-8")
    os.replace(str(new), str(VENV / "fmcourse.json"))


def runs(code):
    """Whether the environment's Python runs this line, and runs as the environment's."""
    code = "import sys; assert sys.prefix != sys.base_prefix; " + code
    try:
        return (
            subprocess.run(
                [str(venv_python()), "-I", "-c", code],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=120,
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def is_ready(extras):
    state = read_state()
    return (
        state == wanted_state("ready", state.get("extras", []))
        and set(extras) <= set(state["extras"])
        and not lacking()
        and remembered() <= set(names())
        and runs("from importlib.util import find_spec as f; assert f('torch') and f('typer') and f('pip')")
    )


def why_anew():
    """Why the environment must be made from nothing: None (it need not), or half a sentence. Trouble if not ours."""
    state = read_state()
    if not state:
        if any(entry.name not in OURS for entry in VENV.iterdir()):
            raise Trouble(f"The folder {VENV} was not made by start.py: rename or delete it, then run start.py again.")
        return "none is there"
    if state.get("python") != list(sys.version_info[:2]):
        return "it was made with another Python"
    return None if state.get("stage") in ("made", "ready") else "the one there is broken"


def site_packages():
    return [*VENV.glob("lib/python*/site-packages"), *VENV.glob("Lib/site-packages")]


def names():
    """The packages that are installed, without their versions."""
    return [info.name.split("-")[0] for packages in site_packages() for info in packages.glob("*.dist-info")]


def remembered():
    """The packages that were there when all was ready."""
    with contextlib.suppress(OSError):
        return set((VENV / "packages.txt").read_text(encoding="utf-8").split())
    return set()


def lacking(deep=False):
    """The records (dist-info) of packages that lack files: what lies on top, 0.1 s, or, deep, any file, 0.5 s.

    A package whose own list of files is not there was never finished: pip writes it last, yet trusts one that lacks it.
    """
    found = []
    for packages in site_packages():
        for info in packages.glob("*.dist-info"):
            try:
                with open(str(info / "RECORD"), encoding="utf-8", newline="") as record:
                    files = {row[0] for row in csv.reader(record) if row and not row[0].endswith(".pyc")}
            except (OSError, ValueError, csv.Error):
                files = {"no list"}
            files = files if deep else {file.split("/")[0] for file in files}
            if not all(os.path.exists(os.path.join(str(packages), file)) for file in files):
                found.append(info)
    return found


def remove_half_installed():
    """Delete the records of packages that lack files, so that pip installs them again; the names of these packages."""
    found = lacking(deep=True)
    for entry in found + [left for packages in site_packages() for left in packages.glob("~*")]:
        shutil.rmtree(str(entry), ignore_errors=True)  # ~: what pip was about to remove
    return [info.name.split("-")[0] for info in found]


def point_here():
    """Let the environment find the course by the way from it, whatever the folders above are called, now or later.

    pip writes the whole path, in UTF-8, into a .pth file that Python before 3.13 reads in the locale's encoding.
    """
    for packages in site_packages():
        for pth in packages.glob("*fmcourse.pth"):
            pth.write_text(os.path.relpath(str(ROOT), str(packages)) + "\n", encoding="utf-8")


def mend(lock):
    """Put right without a network what can be: the folder was moved, or files of the environment are gone.

    False when that did not help, and the environment must be made anew.
    """
    state = read_state()
    moved = state.get("root") != str(ROOT)
    point_here()
    gone = remove_half_installed()
    pip = "pip" in names()
    if moved or not pip or not runs("import pip"):
        print(f"Mending .venv: {'the folder was moved' if moved else 'files of it are gone'}.")
        for link in VENV.glob("bin/python*"):
            if link.is_symlink():  # venv does not touch links that are there, not even broken ones
                link.unlink()
        with contextlib.suppress(Trouble):
            make_environment(lock, *(["--without-pip"] if pip else []))
    if moved:
        readdress(os.path.join(str(state.get("root")), VENV.name))
    if not runs("import torch, pip" if "torch" in names() else "import pip"):  # moved from another system, perhaps
        return False
    whole = state["stage"] == "ready" and not gone and state.get("pyproject") == wanted_state("", [])["pyproject"]
    write_state("ready" if whole else "made", state["extras"])
    return True


def readdress(was):
    """Put the present place of .venv into its scripts, instead of the former one."""
    for script in [*VENV.glob("bin/*"), *VENV.glob("Scripts/*.exe")]:
        if script.is_file() and not script.is_symlink():
            copy = script.with_name(script.name + ".new")  # not in place: a copy may share its files by hard links
            copy.write_bytes(readdressed(script.read_bytes(), os.fsencode(was), os.fsencode(str(VENV))))
            shutil.copymode(str(script), str(copy))
            os.replace(str(copy), str(script))


def readdressed(data, was, now):
    """A script of a virtual environment (on Windows a program that ends in one) after a move.

    Elsewhere than on Windows the new line is the one that pip writes for long paths and those with spaces.
    """
    if WINDOWS:
        line = rb'#!"?' + re.escape(was) + rb'\\Scripts\\(pythonw?\.exe)"?'
        return re.sub(line, lambda found: b'#!"' + now + b"\\Scripts\\" + found.group(1) + b'"', data)
    line = rb"""\A#!(?:/bin/sh\n'''exec' )?"?%s/bin/(python[\d.]*)"?(?: "\$0" "\$@"\n' ''')?\n""" % re.escape(was)
    head = b"""#!/bin/sh\n'''exec' "%s/bin/%s" "$0" "$@"\n' '''\n"""
    return re.sub(line, lambda found: head % (now, found.group(1)), data)


def make_environment(lock, *how):
    python = getattr(sys, "_base_executable", sys.executable)
    step("[1/4] Python environment", [python, "-m", "venv", *how, VENV], lock=lock)


# ---- An environment is kept until the one that replaces it stands


def set_aside():
    """Move what is in .venv into a folder of its own, where it waits. Our own note goes first, and comes back last."""
    shutil.rmtree(str(VENV / OLD), ignore_errors=True)
    if read_state().get("stage") not in ("made", "ready"):
        return empty(VENV)  # no package is in it yet
    (VENV / MOVING).mkdir(exist_ok=True)
    for entry in sorted(VENV.iterdir(), key=lambda entry: entry.name != "fmcourse.json"):
        if entry.name not in OURS:
            move(entry, VENV / MOVING / entry.name)
    move(VENV / MOVING, VENV / OLD)


def settle():
    """When the environment in .venv stands, the old one goes; if not, as after a kill, the old one comes back."""
    old, moving = VENV / OLD, VENV / MOVING
    if read_state().get("stage") == "ready":
        for folder in (old, moving):
            shutil.rmtree(str(folder), ignore_errors=True)
        return
    if (old / "fmcourse.json").is_file():
        empty(VENV)
        move(old, moving)
    if (moving / "fmcourse.json").is_file():
        for entry in sorted(moving.iterdir(), key=lambda entry: entry.name == "fmcourse.json"):
            move(entry, VENV / entry.name)
        moving.rmdir()
        print("What was in .venv before is in its place again.", flush=True)


def move(entry, place):
    try:
        os.replace(str(entry), str(place))
    except OSError as error:
        raise in_use(error) from None


def empty(folder):
    """Delete what is in our environment's folder, but for the lock that we hold, the log and what waits."""
    for entry in folder.iterdir():
        if entry.name not in OURS:
            try:
                shutil.rmtree(str(entry)) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            except OSError as error:
                raise in_use(error) from None


def in_use(error):
    return Trouble(
        f"The file {error.filename} is in use: close JupyterLab and what else uses .venv, then run start.py again."
    )


@contextlib.contextmanager
def only_one():
    """Wait until no other call installs. The lock ends with its process (on Linux and macOS: with its pip, too)."""
    VENV.mkdir(exist_ok=True)
    with open(str(VENV / "lock"), "a+") as lock:
        said = False
        while True:
            try:
                if WINDOWS:
                    import msvcrt

                    lock.seek(0)
                    msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    import fcntl

                    fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    break  # this disk has no locks, as network homes often have none: do without
                if not said:
                    print("Another start.py is installing here; waiting for it.", flush=True)
                said = True
                time.sleep(1)
        yield lock.fileno()


# ---- Installing


def clean_environment():
    """The environment for all that is started here: no other Python's folders, UTF-8, threads that wait quietly."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    env.setdefault("PYTHONUTF8", "1")
    if not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(env):
        env["GOMP_SPINCOUNT"] = SPINCOUNT
    return env


def pip_environment(wheelhouse=None):
    """The environment for pip: of this computer's settings only SOURCES, with a wheelhouse not even those."""
    env = {key: value for key, value in clean_environment().items() if not key.upper().startswith("PIP_")}
    only = wheelhouse and {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": Path(wheelhouse).resolve().as_uri()}
    return dict(env, PIP_CONFIG_FILE=os.devnull, **(only or told(env)))


def told(env):
    """What pip's files and variables on this computer say about sources, as variables."""
    asked = {
        key: value
        for key, value in os.environ.items()
        if key.upper().startswith("PIP_") and key[4:].lower().replace("_", "-") in SOURCES + ("config-file",)
    }
    asked.update(PIP_USER="0", PIP_QUIET="0")  # a file may say `user`, which here means one file only, and `quiet`
    lines = subprocess.run(
        [str(venv_python()), "-m", "pip", "config", "list"],
        env=dict(env, **asked),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout.decode("utf-8", "replace")
    found = {}
    for section in ("global", "install", ":env:"):  # a later one outdoes those before
        for name, value in re.findall("(?m)^" + section + r"\.([\w-]+)=('.*'|\".*\")", lines):
            if name in SOURCES:
                found["PIP_" + name.upper().replace("-", "_")] = ast.literal_eval(value)
    return found


def step(title, command, wheelhouse=None, lock=None, env=None):
    """Run one command with its output in .venv/install.log; show one line, with the seconds. Raises Trouble."""
    log, began = VENV / "install.log", time.monotonic()
    print(f"{title} ...", end="" if sys.stdout.isatty() else "\n", flush=True)
    with open(str(log), "ab") as out:
        out.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        out.flush()
        start = out.tell()
        keep = {} if WINDOWS or lock is None else {"pass_fds": (lock,)}
        child = subprocess.Popen(
            [str(word) for word in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=str(ROOT),
            stdin=subprocess.DEVNULL,
            env=env or clean_environment(),
            **keep,
        )
        spoken = began
        while child.poll() is None:
            time.sleep(0.2)
            now = time.monotonic()
            if now - spoken > (1 if sys.stdout.isatty() else 60):  # a screen is renewed, a log gets a line a minute
                spoken = now
                line = f"{title} ... {now - began:.0f} s{doing(log, start)}"
                print(
                    f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K" if sys.stdout.isatty() else line,
                    end="" if sys.stdout.isatty() else "\n",
                    flush=True,
                )
    done = f"{title}: {time.monotonic() - began:.0f} s"
    print(f"\r{done}\x1b[K" if sys.stdout.isatty() else done, flush=True)
    if child.returncode:
        with open(str(log), "rb") as text:
            text.seek(start)
            said = text.read().decode("utf-8", "replace")
        if shutil.disk_usage(str(ROOT)).free < 10**6:  # then the log may lack the reason
            said += "\nNo space left on device"
        raise Trouble(diagnose(said, wheelhouse))


def doing(log, start):
    """What pip said last since that place in the log, in a few words."""
    with open(str(log), "rb") as text:
        text.seek(max(start, log.stat().st_size - 4000))
        said = text.read().decode("utf-8", "replace")
    words = re.findall(r"^\s*(Collecting \S+|Downloading \S+(?: \([^)]*\))?|Installing collected)", said, re.M)
    return ", " + re.sub(r"https?://\S*/", "", words[-1]).replace("collected", "them") if words else ""


TROUBLES = [  # the first pattern found in the log gives the sentence
    (
        r"No space left on device|Errno 28|not enough space on the disk|quota exceeded",
        "The disk (or the folder for temporary files) is full: free about {mb} MB, then run start.py again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "A proxy here replaces certificates: ask who runs the network for its certificate "
        "file, set PIP_CERT to its path, then run start.py again.",
    ),
    (
        r"SOCKS support|Proxy URL had|Failed to parse: \w+:|ProxyError|Cannot connect to proxy|"
        r"Tunnel connection failed",
        "Packages do not come through the proxy in {proxy}: pip needs one that answers, written as http://HOST:PORT. "
        "Correct or unset it, then run start.py again.",
    ),
    (r"Windows Long Path", "A path is too long for Windows: move the course to a short one such as C:\\fm."),
    (
        r"getaddrinfo failed|name resolution|nodename nor servname|NewConnectionError|ConnectTimeout|Read timed out|"
        r"Network is unreachable|Connection (?:refused|reset|aborted)|Max retries exceeded",
        "The network cannot be reached: connect and run start.py again (what was downloaded is kept), or install "
        "from a USB stick with --wheelhouse.",
    ),
    (
        r"No matching distribution found for torch|Could not find a version that satisfies the requirement torch",
        "There is no PyTorch for this computer ({machine}): use Google Colab instead, as README.md says.",
    ),
    (r"Read-only file system", "This disk cannot be written: copy the course to your own and run start.py there."),
    (
        r"Permission denied|Access is denied|WinError 5\b",
        "A file in .venv cannot be written: close what uses the course (JupyterLab, an editor), then run "
        "start.py again.",
    ),
    (
        r"DLL load failed|WinError 126",
        "Windows lacks the Visual C++ runtime that PyTorch needs: install the Visual C++ Redistributable from "
        "Microsoft.",
    ),
]


def diagnose(log, wheelhouse=None):
    """The text of a failed step -> what is wrong and what to do, then the last lines that matter."""
    if wheelhouse and "No matching distribution found" in log:
        sentence = (
            f"The wheelhouse {wheelhouse} lacks a package for this computer: make one with `start.py pack` on "
            f"a computer of the same kind ({made_for()})."
        )
    else:
        sentence = next(
            (cure for pattern, cure in TROUBLES if re.search(pattern, log)),
            "Installing did not work; run start.py again, and if that fails delete .venv first.",
        )
    lines = [line for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"\s*(ERROR|error|\w*Error\b|fatal)", line)] or lines
    words = "\n".join("    " + line.strip()[:200] for line in errors[-4:])
    return f"{in_full(sentence)}\n{words}\n    All of it: {VENV / 'install.log'}"


def in_full(sentence):
    proxies = [name for name in os.environ if re.fullmatch("(all|https?|pip)_proxy", name.lower()) and os.environ[name]]
    return sentence.format(mb=DISK_MB, machine=made_for(), proxy=" and ".join(proxies) or "the settings of pip")


def made_for():
    return f"{platform.system()} {platform.machine()}, Python {sys.version_info[0]}.{sys.version_info[1]}"


def check_wheelhouse(wheelhouse):
    folder = Path(wheelhouse)
    if not any(folder.glob("*.whl")):
        raise Trouble(f"There are no packages in {wheelhouse}: name the folder wheelhouse/ that `start.py pack` made.")
    with contextlib.suppress(OSError):
        kind = (folder / "made-for.txt").read_text(encoding="utf-8").strip()
        if kind != made_for():
            raise Trouble(
                f"This wheelhouse was made for {kind}, and this is {made_for()}: "
                "run `start.py pack` on a computer of the same kind, or start.py with that Python."
            )


def set_up(extras, wheelhouse=None):
    """Make .venv hold the course with these extras. Quick when it does; picks up where a stopped call left."""
    if is_ready(extras) and not (VENV / OLD).exists():
        return
    check_can_install()
    if wheelhouse:
        check_wheelhouse(wheelhouse)
    began = time.monotonic()
    with only_one() as lock:
        settle()
        if is_ready(extras):  # the call we waited for did it
            return
        reason = why_anew()
        if not reason and not mend(lock):
            reason = "the one there is broken"
        if not is_ready(extras):  # mending was not all
            try:
                install(set(extras), reason, wheelhouse, lock)
            finally:
                settle()
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def install(extras, reason, wheelhouse, lock):
    """Make .venv anew if there is a reason, then install what is missing."""
    check_room(anew=reason)
    more, room = (CUDA_DOWNLOAD_MB, CUDA_DISK_MB) if wants_cuda() else (0, 0)
    load = "nothing to download" if wheelhouse else f"about {DOWNLOAD_MB + more} MB to download"
    if reason:
        print(f"Setting up the course in .venv: {load}, {DISK_MB + room} MB on disk, {MINUTES} minutes. Once only.")
        if reason != "none is there":
            print(f"Making .venv anew: {reason}.")
        set_aside()
        write_state("making", extras)
        make_environment(lock)
    else:
        extras |= set(read_state()["extras"])
        if read_state()["stage"] == "made":
            print(f"Finishing the set-up that was stopped: at most {load}, {MINUTES} minutes; mostly less.")
        else:
            print("Bringing the course in .venv up to date: mostly less than a minute, little to download.")
    write_state("made", extras)
    env = pip_environment(wheelhouse)
    pip = [venv_python(), "-m", "pip", "install", "--no-input", "--no-compile", *QUIET, "--retries", "3"]
    if not runs("import torch") and wants_cpu_index(env):
        with contextlib.suppress(Trouble):  # then the usual source has to do
            step("[2/4] PyTorch without CUDA", [*pip, "--no-deps", "--index-url", CPU_INDEX, TORCH], lock=lock, env=env)
    course = [TORCH, "-e", f".[{','.join(sorted(extras))}]"]
    step("[3/4] the course's packages", [*pip, *course], wheelhouse, lock, env)
    point_here()
    step("[4/4] a first look at PyTorch", [venv_python(), "-I", "-c", FIRST_LOOK], lock=lock)
    (VENV / "packages.txt").write_text("\n".join(sorted(names())) + "\n", encoding="utf-8")
    write_state("ready", extras)


# ---- The USB stick

LEAVE = (
    ".git",
    ".venv",
    "build",
    "dist",
    "my-course",
    "wheelhouse",
    "__pycache__",
    ".ipynb_checkpoints",
    "*.egg-info",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".fmcourse",
)
FIRST = """This stick holds a course on foundation models and every package it needs. It was made for: {kind}

1. Copy the folder `course` to your own disk.
2. In a terminal, in that copy:    python3 start.py --wheelhouse PATH/TO/THIS/STICK/wheelhouse
3. Then, now and whenever you come back:    python3 start.py
No network is needed. On Windows say `py` instead of `python3`.
"""


def pack(folder, wheelhouse=None):
    """Lay wheelhouse/, course/ and a note into `folder`; about as large as what was downloaded."""
    wheels, course = folder / "wheelhouse", folder / "course"
    for place, mark in ((wheels, "made-for.txt"), (course, "start.py")):
        used = any((place / private).exists() for private in (".git", ".venv", "my-course"))
        if os.path.lexists(str(place)) and (used or place.is_symlink() or not (place / mark).is_file()):
            raise Trouble(f"There is another folder called {place.name} in {folder}: name an empty folder.")
    for old in (wheels, course):
        shutil.rmtree(str(old), ignore_errors=True)
    wheels.mkdir(parents=True)
    (wheels / "made-for.txt").write_text(made_for() + "\n", encoding="utf-8")  # first: by it we know the folder again
    # The versions that are installed, and so tried, here. hatchling and editables build the course's own wheel there.
    frozen = subprocess.run(
        [str(venv_python()), "-m", "pip", "freeze", "--exclude-editable"],
        stdout=subprocess.PIPE,
        env=clean_environment(),
        check=True,
    ).stdout.decode("utf-8", "replace")
    pins = VENV / "pins.txt"
    pins.write_text("".join(f"{line}\n" for line in frozen.splitlines() if "==" in line), encoding="utf-8")
    pip = [venv_python(), "-m", "pip", "wheel", *QUIET, "--wheel-dir", wheels, "--constraint", pins]
    env = pip_environment(wheelhouse)
    if "+cpu" in frozen and wants_cpu_index(env):
        step("[1/3] PyTorch without CUDA", [*pip, "--no-deps", "--index-url", CPU_INDEX, "torch"], env=env)
    course_and_extras = f".[{','.join(read_state()['extras'])}]"
    packages = [*pip, "--find-links", wheels, "hatchling", "editables", course_and_extras]
    step("[2/3] the packages", packages, wheelhouse, env=env)
    inside = [str(folder.resolve())]
    ignore = shutil.ignore_patterns(*LEAVE)
    shutil.copytree(
        str(ROOT),
        str(course),
        ignore=lambda at, names: (
            set(ignore(at, names)) | {name for name in names if str(Path(at, name).resolve()) in inside}
        ),
    )
    (folder / "READ ME FIRST.txt").write_text(FIRST.format(kind=made_for()), encoding="utf-8")
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
    print(f"[3/3] {folder}: {size:.0f} MB, for {made_for()}. Copy it to a stick; `READ ME FIRST.txt` says the rest.")


# ---- The command line


def hand_over(command):
    """Become that command where the system allows it, so that Ctrl-C and exit codes are its own."""
    sys.stdout.flush()
    env = clean_environment()
    os.chdir(str(ROOT))
    if not WINDOWS:
        os.execve(str(command[0]), [str(word) for word in command], env)
    child = subprocess.Popen([str(word) for word in command], env=env)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child got it, too, and decides
            pass


def take_wheelhouse(words):
    """["--wheelhouse", "F", "doctor"] -> ("F", ["doctor"])"""
    for at, word in enumerate(words):
        if word == "--wheelhouse":
            if at + 1 == len(words):
                raise Trouble("--wheelhouse needs the name of a folder.")
            return words[at + 1], words[:at] + words[at + 2 :]
        if word.startswith("--wheelhouse="):
            return word.split("=", 1)[1], words[:at] + words[at + 1 :]
    return None, words


def main(words):
    if words and words[0] in ("-h", "--help", "help"):
        print(__doc__.split("\n\nEverything")[0])
        return 0
    try:
        check_computer()
        wheelhouse, rest = take_wheelhouse(words)
        wheelhouse = wheelhouse and str(Path(wheelhouse).resolve())
        word, arguments = (rest[0], rest[1:]) if rest and not rest[0].startswith("-") else ("lab", rest)
        set_up(EXTRAS.get(word, {"lab"}), wheelhouse)
        if wheelhouse and not rest:
            print("Installed. Open the course with: python3 start.py")
            return 0
        if word == "pack":
            pack(Path(arguments[0] if arguments else ROOT / "build" / "usb-stick").resolve(), wheelhouse)
            return 0
        module = ["pytest"] if word == "test" else ["fmcourse", word]
        return hand_over([venv_python(), "-m", *module, *arguments])
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except OSError as error:  # a full or closed disk, wherever it shows first
        sentence = next(
            (cure for pattern, cure in TROUBLES if re.search(pattern, str(error))),
            "A file cannot be read or written: see what is wrong with it, then run start.py again.",
        )
        print(f"\n{in_full(sentence)}\n    {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again; it goes on where it was.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # where a screen lacks a letter of a folder's name, it shows ?
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
