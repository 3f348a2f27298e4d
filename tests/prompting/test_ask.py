"""`fmcourse ask` answers any string, and shows nothing to a terminal that it would obey."""

import io
import sys
import time

import pytest
from typer.testing import CliRunner

from fmcourse import cli
from fmcourse.models import loading
from fmcourse.models.loading import Loaded
from fmcourse.prompting import ask
from tests.harness import tiny


@pytest.fixture(autouse=True, params=["gpt2", "t5"])
def loaded(request, monkeypatch):
    """A tiny model in the place of the shipped ones, so that no answer depends on their training."""
    model = tiny.decoder() if request.param == "gpt2" else tiny.encoder_decoder()
    made, real = Loaded(model, tiny.tokenizer(), {}, "world-gpt"), loading.load
    monkeypatch.setattr(loading, "load", lambda name: made if name == "world-gpt" else real(name))
    return made


def told(capsys, prompt, **settings):
    code = ask.main(prompt, **settings)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("prompt", [
    "", " ", "the friend", "🙂 👩‍🚀", "漢字", "a\nb", "<script>alert('x')</script> & <b>", "<eos>",
])  # fmt: skip
def test_a_text_is_shown_as_it_is_and_continued(capsys, prompt):
    code, out, err = told(capsys, prompt, max_new_tokens=3)
    assert code == 0 and err == ""
    assert out.startswith(ask.readable(prompt)) and "&lt;" not in out
    if "\u200d" not in prompt:
        assert out.startswith(prompt)


@pytest.mark.parametrize("prompt, shown", [
    ("\x1b[31mred", r"\x1b[31mred"), ("bell\x07", r"bell\x07"), ("\r\x08", r"\x0d\x08"), ("\x00", r"\x00"),
    ("\x9b31m", r"\x9b31m"), ("\u202egnp.exe", r"\u202egnp.exe"), ("tab\t", r"tab\x09"), ("\u200bx", r"\u200bx"),
    ("byte \udcff", r"byte \udcff"),
])  # fmt: skip
def test_control_characters_are_made_visible(capsys, prompt, shown):
    code, out, _ = told(capsys, prompt, max_new_tokens=2)
    assert code == 0 and out.startswith(shown)
    assert all(c.isprintable() or c == "\n" for c in out)


def test_what_the_model_writes_is_made_visible_too(capsys, monkeypatch):
    from fmcourse.prompting import decoding

    monkeypatch.setattr(decoding, "generate", lambda *a, **k: "\x1b]0;title\x07")
    assert told(capsys, "a") == (0, "a\\x1b]0;title\\x07\n", "")


@pytest.mark.parametrize("text", ["a" * 10**6, "🙂 " * 200_000, "\x00" * 10**6, "<b>" * 333_334])
def test_a_megabyte_is_answered_at_once_with_both_lengths(capsys, loaded, text):
    start = time.process_time()
    code, out, err = told(capsys, text)
    assert time.process_time() - start < 2
    limit = "2048" if loaded.model.config.is_encoder_decoder else "67"
    assert code == 2 and out == "" and str(len(text)) in err and limit in err and len(err) < 400


def test_a_prompt_a_little_too_long_is_told_in_tokens(capsys, loaded):
    both = loaded.model.config.is_encoder_decoder
    code, _, err = told(capsys, "9" * (2047 if both else 60))
    assert code == 2 and ("2049 tokens, but" if both else "62 tokens and 40 more") in err


def test_an_unknown_model_and_a_senseless_dial_are_sentences(capsys):
    assert told(capsys, "a", model="world-gtp")[0] == 2
    code, out, err = told(capsys, "a", temperature=-1)
    assert code == 2 and out == "" and "temperature is -1" in err and "Traceback" not in err


def test_a_terminal_without_the_letters_gets_their_escapes(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert ask.main("naïve 🙂", max_new_tokens=1) == 0
    sys.stdout.flush()
    assert raw.getvalue().startswith(b"na\\xefve \\U0001f642")


def test_the_command_line_reaches_it():
    done = CliRunner().invoke(cli.app, ["ask", "<b>the</b>", "--max-new-tokens", "2"])
    assert done.exit_code == 0 and done.output.startswith("<b>the</b>")
    assert CliRunner().invoke(cli.app, ["ask", "9" * 10_000]).exit_code == 2
