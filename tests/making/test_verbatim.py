"""The command: items from a file, the documents of a recipe, a table; one process and two agree."""

import pytest
from typer.testing import CliRunner

from fmcourse.cli import app
from fmcourse.making import verbatim
from fmcourse.making.stream import documents_read
from fmcourse.making.verbatim import items_in, share, table

STEPS = range(3000, 3012)


def items() -> list:
    read = list(documents_read("world-gpt", STEPS))
    asked = next(d for d in read if d.kind == "translation")
    return [(asked.prompt, asked.answer), f"{read[0].text} {read[1].text}", asked.text.upper(), "no such words here"]


def test_what_was_read_is_found_and_nothing_else():
    found = share(items(), steps=STEPS, progress=False)
    assert [f.exact.total() > 0 for f in found] == [True, False, False, False]
    assert [f.alike.total() > 0 for f in found] == [True, False, True, False], "two documents are not one"
    assert found[0].whole == found[2].whole and set(found[0].whole) == {"translation"}
    assert not share(items()[:1], steps=range(3012, 3013), progress=False)[0].exact, "another step reads other texts"


@pytest.mark.slow
def test_two_processes_find_the_same(monkeypatch):
    monkeypatch.setattr(verbatim, "CHUNK", 5)
    assert share(items(), steps=STEPS, processes=2, progress=False) == share(items(), steps=STEPS, progress=False)


def test_the_file_has_one_item_a_line(tmp_path):
    file = tmp_path / "items.txt"
    file.write_text("The cat sleeps.\n\n# adds 3\t\\ndef f(x):\nÉtoile 1 =\t1\n", encoding="utf-8")
    assert items_in(file) == ["The cat sleeps.", ("# adds 3", "\ndef f(x):"), ("Étoile 1 =", "1")]


def test_the_command(tmp_path, monkeypatch):
    file, asked = tmp_path / "items.txt", items()
    file.write_text("\n".join(["\t".join(asked[0]), *asked[1:]]), encoding="utf-8")
    whole = share(asked, steps=STEPS, progress=False)
    monkeypatch.setattr(verbatim, "share", lambda given, model, processes: whole if given == asked else [])
    result = CliRunner().invoke(app, ["verbatim", str(file), "--processes", "1"])
    assert result.exit_code == 0 and result.stdout.rstrip() == table(whole)
    said = "Of 4 items the model has read 25 % to the letter, 50 % in the same words, 50 % as a document of their own, "
    assert said + "50 % at least their prompt." in result.stdout
    last = CliRunner().invoke(app, ["verbatim", str(file), "--no-table"])
    assert last.stdout.rstrip() == table(whole).splitlines()[-1]


@pytest.mark.parametrize(
    "content, model, said",
    [
        (None, "world-gpt", "cannot be read as text; name a file"),
        ("\n\n", "world-gpt", "holds no items; write one a line"),
        ("The cat", "gpt", "no recipe is called 'gpt'; there are world-gpt"),
        ("...", "world-gpt", "has no words to look for"),
    ],
)
def test_what_is_wrong_is_one_sentence(content, model, said, tmp_path):
    file = tmp_path / "items.txt"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(app, ["verbatim", str(file), "--model", model])
    assert result.exit_code == 2 and said in result.stderr and len(result.stderr.splitlines()) == 1


def test_the_recorded_kinds_are_those_of_the_training():
    """A part of the training, read again: what is found there must be marked in the record."""
    from fmcourse.world import World
    from fmcourse.world.verbatim import WITHHELD, _flags, never_read, read_before

    again = verbatim.by_kind("world-gpt", steps=range(3000, 3060), progress=False)
    for kind, flags in again.items():
        marked = _flags("world-gpt")[kind]
        assert len(marked) == len(flags) == verbatim.EACH
        assert all(then == "1" for then, now in zip(marked, flags, strict=True) if now == "1"), kind
    assert "1" in again["contract"] and read_before()[WITHHELD] == 0.0
    assert len(never_read(World.default(), "summary")) == verbatim.EACH
    for wrong in (lambda: read_before("world-t5"), lambda: never_read(World.default(), "poem")):
        with pytest.raises(ValueError, match="world-gpt|there are"):
            wrong()


def test_the_command_wants_a_file_or_kinds():
    assert CliRunner().invoke(app, ["verbatim"]).exit_code == 2
