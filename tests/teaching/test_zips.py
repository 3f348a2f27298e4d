"""Zips of students' work: honest ones of every shape are read, hostile ones refused whole, in one sentence."""

import json
import stat
import zipfile

import pytest

from fmcourse.teaching import commands, zips
from fmcourse.teaching.problem import Problem

KNOWN = {"nb00", "nb03"}
BOOK = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})


@pytest.fixture
def zipped(tmp_path):
    def make(files, name="ana.zip", compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", compression) as archive:
            for entry, content in files:
                archive.writestr(entry, content)
        return path

    return make


@pytest.mark.parametrize(
    "entries, found",
    [
        (["nb03.ipynb"], {("ana", "nb03")}),
        (["nb03/nb03.ipynb", "nb00/nb00.ipynb"], {("ana", "nb03"), ("ana", "nb00")}),
        (["bo/nb03.ipynb", "cy/nb03.ipynb"], {("bo", "nb03"), ("cy", "nb03")}),
        (["class/bo/nb03/nb03.ipynb"], {("bo", "nb03")}),
        (["Núñez José_77_assignsubmission_file_/nb03.ipynb"], {("Nunez_Jose_77", "nb03")}),
        (["nb03 (1).ipynb", "nb00(2).ipynb"], {("ana", "nb03"), ("ana", "nb00")}),
        (["nb03.ipynb", "__MACOSX/._nb03.ipynb", ".ipynb_checkpoints/nb03.ipynb", "photo.png"], {("ana", "nb03")}),
    ],
)
def test_an_honest_zip_is_read(zipped, entries, found):
    assert set(zips.read(zipped([(e, BOOK) for e in entries]), KNOWN)) == found


def link():
    entry = zipfile.ZipInfo("nb03.ipynb")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "entry, said",
    [
        ("../nb03.ipynb", "leads out"),
        ("bo/../../nb03.ipynb", "leads out"),
        ("/etc/nb03.ipynb", "leads out"),
        ("C:/nb03.ipynb", "leads out"),
        ("bo\\..\\..\\nb03.ipynb", "leads out"),
        ("\\\\host\\nb03.ipynb", "leads out"),
        (link(), "link"),
    ],
)
def test_a_path_that_leads_elsewhere_refuses_the_whole_zip(zipped, entry, said):
    with pytest.raises(Problem, match=said) as refusal:
        zips.read(zipped([("nb00.ipynb", BOOK), (entry, BOOK)]), KNOWN)
    assert str(refusal.value).count(". ") == 0


def test_a_bomb_is_refused(zipped, monkeypatch):
    monkeypatch.setattr(zips, "MOST_BYTES", 10**6)
    with pytest.raises(Problem, match="would take more than"):
        zips.read(zipped([("nb03.ipynb", BOOK), ("zeros", b"\0" * 2 * 10**6)]), KNOWN)
    monkeypatch.setattr(zips, "MOST_NOTEBOOK", 1000)
    with pytest.raises(Problem, match="has more than"):
        zips.read(zipped([("nb03.ipynb", b" " * 2000 + BOOK.encode())]), KNOWN)
    monkeypatch.setattr(zips, "MOST_ENTRIES", 3)
    with pytest.raises(Problem, match="entries"):
        zips.read(zipped([(f"{i}/nb03.ipynb", BOOK) for i in range(4)]), KNOWN)


def test_a_bomb_that_lies_about_its_size_is_refused(zipped):
    path = zipped([("nb03.ipynb", b" " * 30 * 2**20 + BOOK.encode())])
    data, true = path.read_bytes(), (30 * 2**20 + len(BOOK)).to_bytes(4, "little")
    assert data.count(true) == 2  # in the entry, and in the list at the end
    path.write_bytes(data.replace(true, (500).to_bytes(4, "little")))
    with pytest.raises(Problem, match="cannot be read|no Jupyter notebook"):
        zips.read(path, KNOWN)


@pytest.mark.parametrize(
    "content", [b"", b"no zip", BOOK.encode()[:10], b"PK\x03\x04" + b"\0" * 40, b"PK\x05\x06" + b"\0" * 18]
)
def test_what_is_no_zip_is_refused(tmp_path, content):
    path = tmp_path / "ana.zip"
    path.write_bytes(content)
    with pytest.raises(Problem, match="cannot be read|holds no notebook"):
        zips.read(path, KNOWN)


def test_a_damaged_zip_is_refused(zipped):
    path = zipped([("nb03.ipynb", BOOK * 1)], compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b'"cells"', b'"cellz"', 1))
    with pytest.raises(Problem, match="cannot be read"):
        zips.read(path, KNOWN)


def test_a_locked_zip_is_refused(zipped):
    path = zipped([("nb03.ipynb", BOOK)])
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the mark of a password, in the entry and in the list
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(Problem, match="password"):
        zips.read(path, KNOWN)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "[" * 100_000, '{"nbformat": 3, "worksheets": []}', '{"nbformat": 4, "cells": 3}']
)
def test_what_is_no_notebook_is_refused(zipped, content):
    with pytest.raises(Problem, match="no Jupyter notebook"):
        zips.read(zipped([("nb03.ipynb", content)]), KNOWN)


def test_two_of_one_kind_are_refused(zipped):
    with pytest.raises(Problem, match="twice"):
        zips.read(zipped([("nb03.ipynb", BOOK), ("nb03/nb03.ipynb", BOOK)]), KNOWN)
    with pytest.raises(Problem, match="twice"):
        zips.read(zipped([("nb03.ipynb", BOOK), ("nb03 (1).ipynb", BOOK)]), KNOWN)
    with pytest.raises(Problem, match="two students"):
        zips.read(zipped([("jose/nb03.ipynb", BOOK), ("josé/nb03.ipynb", BOOK)]), KNOWN)
    with pytest.raises(Problem, match="no name"):
        zips.read(zipped([("???/nb03.ipynb", BOOK)]), KNOWN)


def test_no_file_and_nothing_in_it(zipped, tmp_path):
    with pytest.raises(Problem, match="There is no file"):
        zips.read(tmp_path / "none.zip", KNOWN)
    with pytest.raises(Problem, match="holds no notebook"):
        zips.read(zipped([("essay.ipynb", BOOK)]), KNOWN)


def test_what_is_not_a_zip_is_told_what_to_do(tmp_path):
    book = tmp_path / "nb03.ipynb"
    book.write_text(BOOK)
    for path, what in ((book, "a notebook"), (tmp_path, "a folder")):
        with pytest.raises(Problem, match=f"is {what}: make a zip"):
            zips.read(path, KNOWN)


def test_other_notebooks_and_earlier_work_are_told(zipped, tmp_path, capsys):
    term = tmp_path / "class"
    (term / "instructor/source/nb03").mkdir(parents=True)
    (term / "instructor/key.json").write_text("{}")
    path = zipped([("nb03.ipynb", BOOK), ("03_tokens.ipynb", BOOK)])
    assert commands.take_in([path], term) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 notebook taken in.", "ana.zip: '03_tokens.ipynb' left out, not called like an assignment."
    ]  # fmt: skip
    again = zipped([("nb03.ipynb", BOOK + " ")])
    assert commands.take_in([again, tmp_path / "no.zip"], term) == 1
    said = capsys.readouterr().out
    assert "In place of earlier work: ana nb03." in said and "There is no file" in said
    assert (term / "instructor/submitted/ana/nb03/nb03.ipynb").read_text() == BOOK + " "


def test_what_is_written_is_read(tmp_path):
    zips.write(tmp_path / "bo.zip", {"nb03/nb03.ipynb": BOOK.encode()})
    first = (tmp_path / "bo.zip").read_bytes()
    assert zips.read(tmp_path / "bo.zip", KNOWN) == {("bo", "nb03"): BOOK.encode()}
    zips.write(tmp_path / "bo.zip", {"nb03/nb03.ipynb": BOOK.encode()})
    assert (tmp_path / "bo.zip").read_bytes() == first
