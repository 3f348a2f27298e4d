"""The commands `lab`, `reset` and `save`, each as a learner calls it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from fmcourse.app import copying, lab, packing
from fmcourse.authoring import homes
from tests.app.test_copying import code, get, notebook, prose, put

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "course"
    put(folder / "00_start.ipynb", notebook(prose("# Start"), code("1 + 1", [], 1)))
    put(folder / "03_tokens.ipynb", notebook(prose("# Tokens"), code("x = 1", [], 1)))
    monkeypatch.setattr(copying, "notebooks_dir", lambda: folder)
    monkeypatch.setattr(lab, "notebooks_dir", lambda: folder)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return folder


@pytest.mark.parametrize("word", ["03", "3", " 3", "03_tokens", "03_tokens.ipynb"])
def test_reset_keeps_the_edited_notebook_beside_the_fresh_one(course, tmp_path, capsys, word):
    mine = tmp_path / "my-course"
    lab.make_copy(mine)
    path = mine / "notebooks" / "03_tokens.ipynb"
    put(path, notebook(prose("mine")))
    assert lab.reset(word, mine) == 0
    assert get(path)["cells"][0]["source"] == "# Tokens"
    assert get(path.with_name("03_tokens.mine.ipynb"))["cells"][0]["source"] == "mine"
    assert "03_tokens.mine.ipynb" in capsys.readouterr().out
    put(path, notebook(prose("mine again")))
    lab.reset(word, mine)
    assert get(path.with_name("03_tokens.mine2.ipynb"))["cells"][0]["source"] == "mine again"
    assert lab.make_copy(mine).sentences() == [], "a fresh copy is known as ours"


def test_reset_of_a_fresh_notebook_leaves_no_litter(course, tmp_path):
    assert lab.reset("03", tmp_path) == 0 == lab.reset("03", tmp_path)
    assert [p.name for p in (tmp_path / "notebooks").iterdir()] == ["03_tokens.ipynb"]


def test_reset_of_an_unknown_notebook_names_those_there_are(course, tmp_path, capsys):
    assert lab.reset("17", tmp_path) == 1
    assert "There are: 00, 03." in capsys.readouterr().err


def test_save_packs_text_and_progress_and_not_itself(course, tmp_path, capsys):
    mine = tmp_path / "my-course"
    lab.make_copy(mine)
    put(mine / "notebooks" / ".ipynb_checkpoints" / "x.ipynb", notebook())
    (mine / ".fmcourse" / "claims.jsonl").write_text("{}\n")
    out = mine / "saved.zip"
    for _ in range(2):
        assert packing.save(out, mine) == 0
    names = zipfile.ZipFile(out).namelist()
    assert sorted(names) == [
        "my-course/.fmcourse/claims.jsonl",
        "my-course/.fmcourse/copied.json",
        "my-course/notebooks/00_start.ipynb",
        "my-course/notebooks/03_tokens.ipynb",
    ]
    assert "Saved 4 files" in capsys.readouterr().out


def test_save_without_a_copy_or_a_place_says_so(course, tmp_path, capsys):
    assert packing.save(tmp_path / "a.zip", tmp_path / "nowhere") == 1
    assert "There is no folder" in capsys.readouterr().err
    lab.make_copy(tmp_path / "my-course")
    assert packing.save(tmp_path / "no" / "such" / "a.zip", tmp_path / "my-course") == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(course, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert lab.main(tmp_path / "file", browser=False, port=8888) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_jupyterlab_is_installed_within_its_range(course, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    lines = ["torch<3", 'jupyterlab<5,>=4.4; extra == "lab"', "ruff; extra == 'test'"]
    monkeypatch.setattr(lab, "requires", lambda name: lines)

    def run(command):
        asked.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(lab.subprocess, "run", run)
    assert lab.main(tmp_path / "my-course", browser=False, port=8888) == 1
    assert asked[0][-1] == "jupyterlab<5,>=4.4" and "torch<3" not in asked[0] and "ruff" not in asked[0]
    assert "could not be installed" in capsys.readouterr().err


def test_progress_goes_into_the_copy_and_other_settings_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    env = lab.lab_environment(tmp_path)
    assert env["FMCOURSE_HOME"] == str(tmp_path / ".fmcourse")
    assert env["JUPYTER_CONFIG_PATH"].split(os.pathsep) == [str(tmp_path / ".fmcourse" / "jupyter"), "theirs"]


def test_proxies_that_jupyterlab_cannot_use_are_left_out_and_others_handed_on(tmp_path, monkeypatch):
    given = {
        "ALL_PROXY": "socks5://127.0.0.1:1080",
        "all_proxy": "socks5h://127.0.0.1:1080",
        "HTTPS_PROXY": "http://name:word@proxy.invalid:3128",
        "http_proxy": "127.0.0.1:3128",
        "https_proxy": "http://127.0.0.1:no-port",
        "HTTP_PROXY": "",
        "NO_PROXY": "localhost",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    env = lab.lab_environment(tmp_path)
    kept = {name: env[name] for name in given if name in env}
    assert kept == {
        "HTTPS_PROXY": given["HTTPS_PROXY"],
        "http_proxy": "http://127.0.0.1:3128",
        "HTTP_PROXY": "",
        "NO_PROXY": "localhost",
    }


def test_folders_at_home_are_replaced_only_where_they_cannot_be_written(tmp_path, monkeypatch):
    names = ["JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "MPLCONFIGDIR", "HF_HOME"]
    for name in [*names, "XDG_DATA_HOME"]:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    assert homes.redirected(tmp_path / "spare") == {}
    for name in ("HOME", "USERPROFILE", "APPDATA"):
        monkeypatch.setenv(name, os.devnull + "/x")
    changed = homes.redirected(tmp_path / "spare")
    assert set(changed) >= set(names) and all(Path(place).parent == tmp_path / "spare" for place in changed.values())
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home" / "models"))  # set by the learner, and good
    assert "HF_HOME" not in homes.redirected(tmp_path / "spare")


@pytest.mark.parametrize("home", ["/dev/null/x", "full", "none"])
def test_a_home_that_is_missing_full_or_not_there_at_all(tmp_path, monkeypatch, home):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("HOME", str(tmp_path) if home == "full" else home)
    if home == "full":
        monkeypatch.setattr(homes.tempfile, "TemporaryFile", full)
    if home == "none":  # no HOME, and no entry among the users
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    for name in ("JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.delenv(name, raising=False)
    changed = homes.redirected(tmp_path / "spare")
    assert {"JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"} <= set(changed)
    assert ("HOME" in changed) is (home == "none")


def test_what_was_kept_for_want_of_a_home_is_not_saved(course, tmp_path):
    mine = tmp_path / "my-course"
    lab.make_copy(mine)
    (mine / ".fmcourse" / "home" / "hf_home").mkdir(parents=True)
    (mine / ".fmcourse" / "home" / "hf_home" / "token").write_text("secret")
    assert packing.save(tmp_path / "a.zip", mine) == 0
    assert not [name for name in zipfile.ZipFile(tmp_path / "a.zip").namelist() if "/home/" in name]


def test_the_command_is_found_on_the_labs_path(tmp_path, monkeypatch):
    scripts = tmp_path / "bin"
    scripts.mkdir()
    (scripts / "fmcourse").write_text("")
    monkeypatch.setattr(lab.sysconfig, "get_path", lambda name, scheme=None: str(tmp_path if scheme else scripts))
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    assert lab.lab_environment(tmp_path)["PATH"].split(os.pathsep) == [str(scripts), "/usr/bin", "/bin"]
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", str(scripts)]))
    assert lab.lab_environment(tmp_path)["PATH"] == os.environ["PATH"], "the learner's own order"


@pytest.mark.parametrize("at", ["write", "lay"])
def test_reset_on_a_full_disk_leaves_everything_as_it_was(course, tmp_path, monkeypatch, capsys, at):
    mine = tmp_path / "my-course"
    lab.make_copy(mine)
    path = mine / "notebooks" / "03_tokens.ipynb"
    put(path, notebook(prose("mine")))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lab, at, full)
    assert lab.reset("03", mine) == 1
    assert get(path)["cells"][0]["source"] == "mine" and len(list(path.parent.iterdir())) == 2
    assert "No space left on device" in capsys.readouterr().err


def test_save_names_the_file_that_it_could_not_read(course, tmp_path, monkeypatch, capsys):
    lab.make_copy(tmp_path / "my-course")
    bad = tmp_path / "my-course" / "notebooks" / "00_start.ipynb"

    def closed(self, path, name):
        raise PermissionError(13, "Permission denied", str(bad))

    monkeypatch.setattr(zipfile.ZipFile, "write", closed)
    assert packing.save(tmp_path / "a.zip", tmp_path / "my-course") == 1
    assert f"{bad} cannot be read" in capsys.readouterr().err and not (tmp_path / "a.zip").exists()


def in_a_terminal(port, token, command):
    """What JupyterLab's own terminal shows after a command, as a learner types it there."""
    import websocket

    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/terminals?token={token}", b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=60) as reply:
        name = json.loads(reply.read())["name"]
    line = websocket.create_connection(f"ws://127.0.0.1:{port}/terminals/websocket/{name}?token={token}", timeout=60)
    line.send(json.dumps(["stdin", f"{command}; echo the ' end'\r"]))
    shown, until = "", time.monotonic() + 60
    while "the  end" not in shown and time.monotonic() < until:
        kind, *said = json.loads(line.recv())
        shown += "".join(said) if kind == "stdout" else ""
    line.close()
    return shown


HOSTILE = {
    "ALL_PROXY": "socks5://127.0.0.1:1080",
    "all_proxy": "socks5h://127.0.0.1:1080",
    "HOME": "/dev/null/x",
    "SHELL": "/bin/bash",
    "PATH": "/usr/bin:/bin",
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that asks politely")
@pytest.mark.parametrize("surroundings", [{}, HOSTILE], ids=["usual", "hostile"])
def test_jupyterlab_opens_the_first_notebook_and_asks_nobody_else(tmp_path, surroundings):
    """The real server: it serves notebook 00, fetches no news, updates or extensions, and ends when told to.

    The hostile surroundings: a proxy that httpx cannot use, a home folder that cannot be, a PATH without our commands.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    put(tmp_path / "course" / "00_start.ipynb", notebook(prose("# Start"), code("1 + 1", [], 1)))
    start = (
        "import sys; from pathlib import Path; from fmcourse.app import copying, lab\n"
        "copying.notebooks_dir = lambda: Path('course').resolve()\n"
        f"sys.exit(lab.main(Path('my-course'), browser=False, port={port}))"
    )
    log = open(tmp_path / "log", "w+")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"), **surroundings}
    if surroundings:
        del env["JUPYTER_DATA_DIR"]
    child = subprocess.Popen([sys.executable, "-c", start], cwd=tmp_path, stdout=log, stderr=log, env=env)
    try:
        found, until = None, time.monotonic() + 180
        while not found and time.monotonic() < until and child.poll() is None:
            time.sleep(0.3)
            found = re.search(
                rf"http://(?:127\.0\.0\.1|localhost):{port}/lab/tree/(\S+)\?token=(\w+)", (tmp_path / "log").read_text()
            )
        assert found, (tmp_path / "log").read_text()
        assert found[1] == "notebooks/00_start.ipynb"

        def ask(path):
            address = f"http://127.0.0.1:{port}/{path}{'&' if '?' in path else '?'}token={found[2]}"
            with urllib.request.urlopen(address, timeout=60) as reply:
                return reply.status, reply.read()

        settings = json.loads(ask("lab/api/settings/@jupyterlab/apputils-extension:notification")[1])
        choices = settings["schema"]["properties"]
        assert choices["fetchNews"]["default"] == "false" and choices["checkForUpdates"]["default"] is False
        news = json.loads(ask("lab/api/news")[1])
        assert news["news"] == []
        assert json.loads(ask("lab/api/update")[1])["notification"] is None
        assert '"name": "read-only"' in ask("lab")[1].decode()
        if surroundings and lab._folders_of_commands():
            said = in_a_terminal(port, found[2], "fmcourse reset 00 && fmcourse save && fmcourse progress")
            assert "00_start_here.ipynb is fresh" in said and "Saved " in said
            assert str(tmp_path / "my-course" / ".fmcourse" / "progress.jsonl") in said
            assert not (tmp_path / "my-course" / "my-course").exists()
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)
        log.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
