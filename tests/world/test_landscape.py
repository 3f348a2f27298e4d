"""The landscape tables of notebook 02: every size has its maker's source, every gap says what is known instead."""

import re
import tomllib

import pytest

from fmcourse.paths import data_dir

TABLE = tomllib.loads((data_dir() / "landscape.toml").read_text(encoding="utf-8"))
MODELS = {row["name"]: row for row in TABLE["model"]}
RECENT = tomllib.loads((data_dir() / "landscape_2026.toml").read_text(encoding="utf-8"))["model"]
YOUNG = {row["name"]: row for row in RECENT}


def faults(row: dict) -> list[str]:
    """What is wrong with one row."""
    said = [f"{key} is missing" for key in ("name", "maker", "modality", "architecture") if not row.get(key)]
    if not re.search(r"\b(20[12]\d)\b", row.get("source", "")) or len(row.get("source", "")) < 25:
        said.append("the source needs author, year and title")
    if not row.get("sizes") and not row.get("note"):
        said.append("neither a size nor a note on what the source tells")
    sizes = row.get("sizes", [])
    if any(not 1e6 <= size <= 5e12 for size in sizes) or sorted(sizes) != row.get("sizes"):
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


def more_faults(row: dict) -> list[str]:
    """What is wrong with one row of the younger table, which also tells data, licence and place."""
    said = faults(row)
    if not re.search("abstract|introduction|section|table|card|README", row.get("source", "")):
        said.append("the source needs the place of the figures")
    if not row.get("licence") or row.get("weights") not in ("open", "the smallest only", "closed"):
        said.append("the licence, or who has the weights, is missing")
    if not {"tokens", "data"} & row.keys() and not re.search("tokens|amount", row.get("note", "")):
        said.append("neither an amount of data nor a note that says so")
    if not 1e11 <= row.get("tokens", 1e12) <= 1e14 or not 1e20 <= row.get("stated", 1e24) <= 1e28:
        said.append("tokens and operations must be plain numbers")
    if "active" in row and not 0 < row["active"] < max(row["sizes"]):
        said.append("fewer parameters work on a token than there are")
    return said


@pytest.mark.parametrize("row", RECENT, ids=lambda row: row["name"])
def test_every_younger_row_is_sourced_with_its_place(row):
    assert more_faults(row) == []


def test_the_stricter_check_can_fail():
    row = {
        **YOUNG["Kimi K2"],
        "source": "Kimi Team 2025, a title that names no place",
        "weights": "yes",
        "tokens": 15.5,
    }
    assert len(more_faults({**row, "active": 2e12})) == 4
    assert "nor a note" in more_faults({**YOUNG["Kimi K3"], "note": ""})[0]


def test_the_younger_table_holds_the_kinds_that_the_first_lacks():
    wanted = "Qwen3,Mistral Large 3,Gemma 3,DeepSeek-R1,gpt-oss,Kimi K2,DINOv3,ESM3,GraphCast,pi0,TimesFM 2.5"
    assert not set(wanted.split(",")) - set(YOUNG) and len(YOUNG) == len(RECENT)
    assert not set(YOUNG) & set(MODELS)
    for name in ("GPT-5", "Gemma 4 31B", "Kimi K3", "Mistral Large 3"):
        assert "tokens" not in YOUNG[name] and "data" not in YOUNG[name]
    assert YOUNG["GPT-5"]["sizes"] == []


def test_arithmetic_agrees_with_what_the_maker_states():
    llama = YOUNG["Llama 3.1 405B"]
    assert 6 * llama["sizes"][0] * llama["tokens"] == pytest.approx(llama["stated"], rel=0.02)
