"""The landscape table of notebook 02: every size has its maker's source, every gap says what is known instead."""

import re
import tomllib

import pytest

from fmcourse.paths import data_dir

TABLE = tomllib.loads((data_dir() / "landscape.toml").read_text(encoding="utf-8"))
MODELS = {row["name"]: row for row in TABLE["model"]}


def faults(row: dict) -> list[str]:
    """What is wrong with one row."""
    said = [f"{key} is missing" for key in ("name", "maker", "modality", "architecture") if not row.get(key)]
    if not re.search(r"\b(20[12]\d)\b", row.get("source", "")) or len(row.get("source", "")) < 25:
        said.append("the source needs author, year and title")
    if not row.get("sizes") and not row.get("note"):
        said.append("neither a size nor a note on what the source tells")
    sizes = row.get("sizes", [])
    if any(not 1e6 <= size <= 2e12 for size in sizes) or sorted(sizes) != row.get("sizes"):
        said.append("sizes must be parameters, from small to large")
    if not 2017 <= row.get("year", 0) <= 2026:
        said.append("no year")
    return said


@pytest.mark.parametrize("row", TABLE["model"], ids=lambda row: row["name"])
def test_every_row_is_sourced(row):
    assert faults(row) == []


def test_the_check_can_fail():
    assert len(faults({"name": "X", "year": 2023, "sizes": [175], "source": "a blog"})) == 5
    assert "neither" in faults({**MODELS["GPT-4"], "note": ""})[0]


def test_what_must_be_there():
    wanted = "BERT,GPT-1,GPT-2,GPT-3,GPT-4,OPT,Llama 1,T5,DALL-E 2,Imagen,Stable Diffusion 1,CLIP,Whisper".split(",")
    assert not [name for name in wanted if name not in MODELS]
    for kind in ("video", "audio", "3D", "images"):
        assert any(kind in row["modality"] for row in TABLE["model"])
    assert len(MODELS) == len(TABLE["model"])


def test_nothing_is_said_where_the_maker_says_nothing():
    for name in ("GPT-4", "GPT-4o", "Claude 1 and 2", "Claude 3", "ChatGPT (gpt-3.5-turbo)"):
        assert MODELS[name]["sizes"] == []
    assert MODELS["Llama 1"]["sizes"] == [7e9, 13e9, 33e9, 65e9] and MODELS["BERT"]["sizes"] == [110e6, 340e6]
    assert MODELS["OPT"]["sizes"][0] == 125e6 and MODELS["OPT"]["sizes"][-1] == 175e9


def test_printed_sizes_name_a_model_and_a_place():
    for row in TABLE["printed"]:
        assert row["model"] in MODELS and row["size"] > 1e6 and len(row["where"]) > 20
