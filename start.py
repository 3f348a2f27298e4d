"""Set the course up, then open it. Needs Python 3.11, 3.12 or 3.13 and nothing else; Linux, macOS, Windows.

    python3 start.py                     set up, open JupyterLab on notebook 00 in my-course/   (--no-browser, --port N)
    python3 start.py test [...]          set up, run all tests                  (what follows goes to pytest)
    python3 start.py run [NN ...]        set up, execute notebooks; copies, pages and a table in build/
    python3 start.py pack [FOLDER]       make a folder for a USB stick: this course and every package it needs
    python3 start.py WORD [...]          doctor, ask, pretrain, progress, reset, save ...: the command fmcourse
    python3 start.py --wheelhouse FOLDER [WORD ...]     the same, installing from such a folder without a network

Everything is installed into .venv beside this file; delete that folder and nothing is left. When all is in place a
call costs a fraction of a second. A call that was stopped midway is finished by the next one.

What this leaves out: it updates nothing by itself, and names no package but PyTorch: pyproject.toml has the list.
"""
import ast
import contextlib
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
    "test": {"lab", "test", "align"},  # align: notebook 12 is compared with trl; 70 MB more to download, 300 on disk
    "pack": {"lab", "test", "align"},  # so that `test` works offline too
    "site": {"lab", "site"},
    "class": {"lab", "class"},
}
# pip compiles one file after another, which takes as long as all the rest; this does it on every core.
FIRST_LOOK = r"""import compileall, re, sysconfig, torch, typer
compileall.compile_dir(sysconfig.get_path("purelib"), quiet=2, workers=0, rx=re.compile(r"[/\\]tests?[/\\]"))"""
WINDOWS = os.name == "nt"
QUIET = ["--disable-pip-version-check", "--progress-bar", "off"]
# What pip was told on this computer about its sources and the way to them counts; where and what to install does not.
SOURCES = ("index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "proxy", "cert", "client-cert",
           "timeout", "default-timeout", "cache-dir", "no-cache-dir", "keyring-provider", "use-feature",
           "use-deprecated")
SPINCOUNT = "1000"  # as in fmcourse/spin.py: threads of torch that wait do not keep other programs from the cores


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
            raise Trouble("This Python was built for Intel, but the Mac has an Apple chip: "
                          "install Python for Apple silicon and run start.py with it.")
        raise Trouble("PyTorch stopped supporting Macs with an Intel chip: open the notebooks on Google Colab instead, "
                      "as README.md says.")


def check_can_install():
    """Raise Trouble when a virtual environment cannot be made, or would not fit."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Trouble("This Python cannot make virtual environments. "
                      f"On Debian or Ubuntu run `sudo apt install python{version}-venv`, then start.py again.")
    if not os.access(str(ROOT), os.W_OK):
        raise Trouble(f"The folder {ROOT} cannot be written: copy the course to your own disk and run start.py there.")
    free, needs = shutil.disk_usage(str(ROOT)).free // 10**6, DISK_MB + (CUDA_DISK_MB if wants_cuda() else 0)
    used = sum(f.stat().st_size for f in VENV.rglob("*") if f.is_file() and not f.is_symlink()) // 10**6
    if free + used < needs:
        raise Trouble(f"The disk is nearly full: {free} MB are free, the course needs {needs - used} more. "
                      "Free some space, or move the folder to another disk.")


def has_nvidia_gpu():
    tool = shutil.which("nvidia-smi")
    try:
        return bool(tool) and subprocess.run([tool, "-L"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             timeout=20).returncode == 0
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
    return {"stage": stage, "extras": sorted(extras), "python": list(sys.version_info[:2]), "root": str(ROOT),
            "pyproject": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()}


def read_state():
    with contextlib.suppress(OSError, ValueError):
        return json.loads((VENV / "fmcourse.json").read_text(encoding="utf-8"))
    return None


def write_state(stage, extras):
    new = VENV / "fmcourse.json.new"
    new.write_text(json.dumps(wanted_state(stage, extras), indent=1), encoding="utf-8")
    os.replace(str(new), str(VENV / "fmcourse.json"))


def runs(code):
    """Whether the environment's Python runs this line."""
    try:
        return subprocess.run([str(venv_python()), "-I", "-c", code], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=120).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def is_ready(extras):
    state = read_state() or {}
    return (state == wanted_state("ready", state.get("extras", [])) and set(extras) <= set(state["extras"])
            and runs("from importlib.util import find_spec as f; assert f('torch') and f('typer') and f('pip')"))


def why_anew():
    """Why the environment must be made from nothing: None (it need not), or half a sentence. Trouble if not ours."""
    state = read_state()
    if state is None:
        if VENV.exists() and any(entry.name not in ("install.log", "lock") for entry in VENV.iterdir()):
            raise Trouble(f"The folder {VENV} was not made by start.py: rename or delete it, then run start.py again.")
        return "none is there"
    if state.get("python") != list(sys.version_info[:2]):
        return "it was made with another Python"
    if state.get("root") != str(ROOT):
        return "the folder was moved"
    if state.get("stage") == "making" or not runs("import pip"):
        return "the one there is broken"
    return None


def remove_half_installed():
    """Delete what pip had begun and not ended: it writes RECORD last, yet trusts a package that lacks it."""
    for packages in [*VENV.glob("lib/python*/site-packages"), *VENV.glob("Lib/site-packages")]:
        for info in packages.glob("*.dist-info"):
            if not (info / "RECORD").is_file():
                shutil.rmtree(str(info))
        for leftover in packages.glob("~*"):
            shutil.rmtree(str(leftover), ignore_errors=True)


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
    asked = {key: value for key, value in os.environ.items() if key.upper().startswith("PIP_")
             and key[4:].lower().replace("_", "-") in SOURCES + ("config-file",)}
    asked.update(PIP_USER="0", PIP_QUIET="0")  # a file may say `user`, which here means one file only, and `quiet`
    lines = subprocess.run([str(venv_python()), "-m", "pip", "config", "list"], env=dict(env, **asked),
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode("utf-8", "replace")
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
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT, cwd=str(ROOT),
                                 stdin=subprocess.DEVNULL, env=env or clean_environment(), **keep)
        spoken = began
        while child.poll() is None:
            time.sleep(0.2)
            now = time.monotonic()
            if now - spoken > (1 if sys.stdout.isatty() else 60):  # a screen is renewed, a log gets a line a minute
                spoken = now
                line = f"{title} ... {now - began:.0f} s{doing(log, start)}"
                print(f"\r{line[:shutil.get_terminal_size().columns - 1]}\x1b[K" if sys.stdout.isatty() else line,
                      end="" if sys.stdout.isatty() else "\n", flush=True)
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
    (r"No space left on device|Errno 28|not enough space on the disk|quota exceeded",
     "The disk (or the folder for temporary files) is full: free about {mb} MB, then run start.py again."),
    (r"CERTIFICATE_VERIFY_FAILED", "A proxy here replaces certificates: ask who runs the network for its certificate "
     "file, set PIP_CERT to its path, then run start.py again."),
    (r"SOCKS support|Proxy URL had|Failed to parse: \w+:|ProxyError|Cannot connect to proxy|Tunnel connection failed",
     "Packages do not come through the proxy in {proxy}: pip needs one that answers, written as http://HOST:PORT. "
     "Correct or unset it, then run start.py again."),
    (r"Windows Long Path", "A path is too long for Windows: move the course to a short one such as C:\\fm."),
    (r"getaddrinfo failed|name resolution|nodename nor servname|NewConnectionError|ConnectTimeout|Read timed out|"
     r"Network is unreachable|Connection (?:refused|reset|aborted)|Max retries exceeded",
     "The network cannot be reached: connect and run start.py again (what was downloaded is kept), or install from a "
     "USB stick with --wheelhouse."),
    (r"No matching distribution found for torch|Could not find a version that satisfies the requirement torch",
     "There is no PyTorch for this computer ({machine}): use Google Colab instead, as README.md says."),
    (r"Read-only file system", "This disk cannot be written: copy the course to your own and run start.py there."),
    (r"Permission denied|Access is denied|WinError 5\b",
     "A file in .venv cannot be written: close what uses the course (JupyterLab, an editor), then run start.py again."),
    (r"DLL load failed|WinError 126",
     "Windows lacks the Visual C++ runtime that PyTorch needs: install the Visual C++ Redistributable from Microsoft."),
]


def diagnose(log, wheelhouse=None):
    """The text of a failed step -> what is wrong and what to do, then the last lines that matter."""
    if wheelhouse and "No matching distribution found" in log:
        sentence = f"The wheelhouse {wheelhouse} lacks a package for this computer: make one with `start.py pack` on " \
                   f"a computer of the same kind ({made_for()})."
    else:
        sentence = next((cure for pattern, cure in TROUBLES if re.search(pattern, log)),
                        "Installing did not work; run start.py again, and if that fails delete .venv first.")
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
            raise Trouble(f"This wheelhouse was made for {kind}, and this is {made_for()}: "
                          "run `start.py pack` on a computer of the same kind, or start.py with that Python.")


def set_up(extras, wheelhouse=None):
    """Make .venv hold the course with these extras. Quick when it does; picks up where a stopped call left."""
    if is_ready(extras):
        return
    check_can_install()
    if wheelhouse:
        check_wheelhouse(wheelhouse)
    began = time.monotonic()
    with only_one() as lock:
        if is_ready(extras):  # the call we waited for did it
            return
        reason = why_anew()
        extras = set(extras) | (set() if reason else set(read_state()["extras"]))
        more, room = (CUDA_DOWNLOAD_MB, CUDA_DISK_MB) if wants_cuda() else (0, 0)
        load = "nothing to download" if wheelhouse else f"about {DOWNLOAD_MB + more} MB to download"
        if reason:
            print(f"Setting up the course in .venv: {load}, {DISK_MB + room} MB on disk, {MINUTES} minutes. Once only.")
        elif read_state()["stage"] == "made":
            print(f"Finishing the set-up that was stopped: at most {load}, {MINUTES} minutes; mostly less.")
        else:
            print("Bringing the course in .venv up to date: mostly less than a minute, little to download.")
        if reason:
            if reason != "none is there":
                print(f"Making .venv anew: {reason}.")
            empty(VENV)
            write_state("making", extras)
            python = getattr(sys, "_base_executable", sys.executable)
            step("[1/4] Python environment", [python, "-m", "venv", VENV], lock=lock)
        remove_half_installed()
        write_state("made", extras)
        env = pip_environment(wheelhouse)
        pip = [venv_python(), "-m", "pip", "install", "--no-input", "--no-compile", *QUIET, "--retries", "3"]
        if not runs("import torch") and wants_cpu_index(env):
            with contextlib.suppress(Trouble):  # then the usual source has to do
                cpu = [*pip, "--no-deps", "--index-url", CPU_INDEX, TORCH]
                step("[2/4] PyTorch without CUDA", cpu, lock=lock, env=env)
        course = [TORCH, "-e", f".[{','.join(sorted(extras))}]"]
        step("[3/4] the course's packages", [*pip, *course], wheelhouse, lock, env)
        step("[4/4] a first look at PyTorch", [venv_python(), "-I", "-c", FIRST_LOOK], lock=lock)
        write_state("ready", extras)
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def empty(folder):
    """Delete what is in our environment's folder, but for the lock that we hold and the log."""
    for entry in folder.iterdir():
        if entry.name not in ("lock", "install.log"):
            try:
                shutil.rmtree(str(entry)) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            except OSError as error:
                raise Trouble(f"The file {error.filename} is in use: close JupyterLab and what else uses .venv, "
                              "then run start.py again.") from None


# ---- The USB stick

LEAVE = (".git", ".venv", "build", "dist", "my-course", "wheelhouse", "__pycache__", ".ipynb_checkpoints", "*.egg-info",
         ".pytest_cache", ".ruff_cache", ".hypothesis", ".fmcourse")
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
    frozen = subprocess.run([str(venv_python()), "-m", "pip", "freeze", "--exclude-editable"], stdout=subprocess.PIPE,
                            env=clean_environment(), check=True).stdout.decode("utf-8", "replace")
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
    shutil.copytree(str(ROOT), str(course), ignore=lambda at, names: set(ignore(at, names)) | {
        name for name in names if str(Path(at, name).resolve()) in inside})
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
            return words[at + 1], words[:at] + words[at + 2:]
        if word.startswith("--wheelhouse="):
            return word.split("=", 1)[1], words[:at] + words[at + 1:]
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
        sentence = next((cure for pattern, cure in TROUBLES if re.search(pattern, str(error))),
                        "A file cannot be read or written: see what is wrong with it, then run start.py again.")
        print(f"\n{in_full(sentence)}\n    {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again; it goes on where it was.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
