"""The Hub's own client against a small hub on this machine: what is fetched, what is refused, and what a fault says."""

import json
import re
import socket
import subprocess
import sys
import time

import pytest

from fmcourse.models import hub as ours
from fmcourse.models.loading import ModelProblem
from fmcourse.paths import notebooks_dir
from tests.harness import tiny
from tests.harness.environment import offline_environment
from tests.harness.small_hub import SmallHub

WEIGHTS = "model.safetensors"
NAME = "course/tiny"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tiny.save(tmp_path_factory.mktemp("tiny"))
    kept = {p.name: p.read_bytes() for p in folder.iterdir()}
    never = {"pytorch_model.bin": b"a pickle", "modeling_tiny.py": b"raise SystemExit", "onnx/model.onnx": b"0",
             "onnx/config.json": b"{}", "training_args.bin": b"another pickle"}  # fmt: skip
    return {**kept, **never}


@pytest.fixture
def hub(files, tmp_path, monkeypatch):
    """A small hub that the client of this process asks, with an empty cache."""
    made = SmallHub({NAME: dict(files), "course/pickled": {"config.json": b"{}", "pytorch_model.bin": b"a pickle"}})
    made.ask_here(monkeypatch, tmp_path / "cache")
    yield made
    if made.server.socket.fileno() >= 0:
        made.close()


def problem(name=NAME):
    with pytest.raises(ModelProblem) as caught:
        ours.fetch(name)
    said = str(caught.value)
    assert "\n" not in said and len(said) < 300, said
    return said


def test_first_fetch_brings_what_a_model_needs_and_no_pickle_or_code(hub, files, capsys):
    folder = ours.fetch(NAME)
    wanted = {"config.json", "generation_config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json", "README.md"}
    assert {p.name for p in folder.iterdir()} == wanted
    assert all((folder / name).read_bytes() == files[name] for name in wanted)
    assert not any(hub.gets(name) for name in set(files) - wanted)
    assert capsys.readouterr().out == ""


def test_a_second_fetch_takes_nothing_from_the_hub_but_the_list(hub):
    folder, before = ours.fetch(NAME), len(hub.asked)
    assert ours.fetch(NAME) == folder
    assert not [asked for asked in hub.asked[before:] if "resolve" in asked[1] or asked[1] == WEIGHTS]


def test_a_new_version_on_the_hub_is_fetched(hub):
    first = ours.fetch(NAME)
    hub.repos[NAME]["README.md"] = b"A better card."
    second = ours.fetch(NAME)
    assert second != first and (second / "README.md").read_bytes() == b"A better card."
    assert len(hub.gets(WEIGHTS)) == 1


def test_a_connection_cut_in_the_middle_goes_on_from_there(hub, files, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1_000)  # what is written at a time; ten megabytes by default
    hub.cut[WEIGHTS] = 10_007
    folder = ours.fetch(NAME)
    assert hub.gets(WEIGHTS) == [None, "bytes=10000-"]
    assert (folder / WEIGHTS).read_bytes() == files[WEIGHTS]


def test_after_a_failure_only_the_missing_file_is_fetched(hub):
    hub.gone.add(WEIGHTS)
    assert f"{NAME}: the Hub lists {WEIGHTS}, but does not have it" in problem()
    hub.gone.clear()
    ours.fetch(NAME)
    assert len(hub.gets("tokenizer.json")) == len(hub.gets(WEIGHTS)) == 1


def test_wrong_bytes_of_the_right_length_are_refused_and_not_kept(hub, files):
    hub.swapped[WEIGHTS] = files[WEIGHTS][:-1] + bytes([files[WEIGHTS][-1] ^ 1])
    said = problem()
    assert WEIGHTS in said and "SHA-256" in said and "call again" in said
    hub.swapped.clear()
    assert (ours.fetch(NAME) / WEIGHTS).read_bytes() == files[WEIGHTS]


def test_too_few_bytes_are_refused(hub, files):
    hub.swapped[WEIGHTS] = files[WEIGHTS][:-9]
    assert NAME in problem()


@pytest.mark.parametrize("online", [True, False])
def test_damage_in_the_cache_is_noticed_with_and_without_a_network(hub, online):
    weights = (ours.fetch(NAME) / WEIGHTS).resolve()
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.chmod(0o644)
    weights.write_bytes(content)
    if not online:
        hub.close()
    assert f"{WEIGHTS} is damaged" in problem()


@pytest.mark.parametrize("how", ["server down", "HF_HUB_OFFLINE", "error 503"])
def test_without_a_network_the_cache_is_used_and_an_empty_one_is_told(hub, how, monkeypatch, tmp_path):
    from huggingface_hub import constants

    folder = ours.fetch(NAME)
    if how == "server down":
        hub.close()
    elif how == "HF_HUB_OFFLINE":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    else:
        hub.broken = True
    assert ours.fetch(NAME) == folder
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "another"))
    start = time.perf_counter()
    said = problem()
    assert time.perf_counter() - start < 5
    assert {"server down": "cannot be reached", "error 503": "error 503"}.get(how, how) in said and "world-gpt" in said


PROXIES = ["socks5://127.0.0.1:9", "socks4://127.0.0.1:9", "gopher://127.0.0.1:9", "http://127.0.0.1:port",
           "http://127.0.0.1:9", "127.0.0.1:9"]  # fmt: skip


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_cannot_be_used_is_named_and_the_cache_is(hub, monkeypatch, tmp_path, name, proxy):
    import huggingface_hub
    from huggingface_hub import constants

    folder = ours.fetch(NAME)
    for variable in ("all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "nobody")
    monkeypatch.setenv(name, proxy)
    if name == "HTTPS_PROXY":
        monkeypatch.setenv("HTTP_PROXY", proxy)  # the small hub speaks http
    huggingface_hub.close_session()
    try:
        assert ours.fetch(NAME) == folder
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "another"))
        assert f"the proxy in {name}" in problem()
    finally:
        huggingface_hub.close_session()


def test_a_cache_that_cannot_be_written_is_named(hub, monkeypatch, tmp_path):
    from huggingface_hub import constants

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "cache"))
    said = problem()
    assert str(tmp_path / "file") in said and "set HF_HOME" in said


def test_an_incomplete_cache_is_no_model(hub):
    hub.gone.add(WEIGHTS)
    problem()
    hub.close()
    assert "not complete in the cache" in problem()


def test_a_model_with_pickled_weights_only_is_refused_before_anything_is_fetched(hub):
    said = problem("course/pickled")
    assert "pytorch_model.bin" in said and "any code" in said
    assert not hub.gets("pytorch_model.bin") and not hub.gets("config.json")


def test_a_log_in_page_instead_of_the_hub_is_told(hub, monkeypatch):
    def page(handler):
        handler._send(200, b"<html>Welcome to the hotel</html>", {"Content-Type": "text/html"})

    monkeypatch.setattr(hub.server.RequestHandlerClass, "_answer", page)
    assert "log-in page" in problem()


@pytest.mark.parametrize("name, words", [
    ("openai-comunity/gpt2", '"openai-community/gpt2"'),
    ("gtp2", '"openai-community/gpt2"'), ("zebra", 'Write it as "owner/name"'),
    ("gpt-2", '"openai-community/gpt2"'),
    ("course/other", "'course/other'"),
    ("a/b/c", '"owner/name"'),
    ("", '"owner/name"'),
    ("../../etc", '"owner/name"'),
    ("course/tiny--x", '"owner/name"'),
    ("world-gpt", "comes with the course"),
    ("one two", '"owner/name"'),
])  # fmt: skip
def test_an_unknown_name_is_answered_with_a_better_one(hub, name, words):
    assert words in problem(name)


def test_load_from_the_hub_gives_the_model_and_says_little(hub, files, tmp_path):
    code = f"""
import json, fmcourse
for _ in range(2):
    model, tokenizer, card = fmcourse.load({NAME!r}, source="hub", device="cpu")
print(json.dumps([type(model).__name__, model.lm_head.weight.sum().item(), tokenizer.vocab_size, card["text"]]))
"""
    env = {**offline_environment(), "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    kind, total, size, card = json.loads(done.stdout)
    assert (kind, size, card) == ("GPT2LMHeadModel", 300, files["README.md"].decode())
    assert total == pytest.approx(tiny.decoder().lm_head.weight.sum().item(), abs=1e-3)
    assert len(hub.gets(WEIGHTS)) == 1
    assert len(done.stderr.replace("\r", "\n").splitlines()) < 12, done.stderr  # one bar, not three


@pytest.fixture
def from_here(hub, monkeypatch, tmp_path):
    """`main` starts a process of its own, which reads the environment."""
    for name, value in {**offline_environment(), "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0",
                        "HF_HOME": str(tmp_path)}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return hub


def test_hub_check_says_yes(from_here, capsys):
    assert ours.main(NAME) == 0
    said = capsys.readouterr().out
    assert "Models can be loaded from the Hub from here." in said and "6 files" in said


@pytest.mark.parametrize("fault, words", [
    ("down", "The Hub cannot be reached"), ("offline", "HF_HUB_OFFLINE is set"), ("gone", "does not have it"),
    ("pickled", "pytorch_model.bin"), ("proxy", "The proxy in ALL_PROXY cannot be used"),
])  # fmt: skip
def test_hub_check_says_no_and_why(from_here, monkeypatch, capsys, fault, words):
    if fault == "down":
        from_here.close()
    elif fault == "offline":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    elif fault == "gone":
        from_here.gone.add(WEIGHTS)
    elif fault == "proxy":
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    assert ours.main("course/pickled" if fault == "pickled" else NAME) == 1
    said = capsys.readouterr().out
    assert words in said and "needs no Hub" in said and "Traceback" not in said


def test_hub_check_ends_within_ten_seconds_when_nothing_answers(from_here, monkeypatch, capsys):
    monkeypatch.setattr(ours, "SECONDS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.perf_counter()
        assert ours.main(NAME) == 1
        assert time.perf_counter() - start < 3
    assert "did not answer within 2 seconds" in capsys.readouterr().out


def test_no_notebook_goes_to_the_hub_past_fetch():
    """Without a network, a library's own call tries again for most of a minute and prints each failure in red."""
    named = re.compile(r"""from_pretrained\(\s*\\?["']""")
    found = [p.name for p in notebooks_dir().glob("**/[0-9]*.ipynb") if named.search(p.read_text(encoding="utf-8"))]
    assert not found
