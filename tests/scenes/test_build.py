"""data/scenes: rebuilding gives the same bytes, digests hold, and the sheets show what the captions say."""

import hashlib
import json
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest

from fmcourse.paths import data_dir
from fmcourse.scenes import WITHHELD, caption, fits, log_prob, parse, read_images, understand
from fmcourse.scenes.build import files, main
from fmcourse.scenes.png import png

FOLDER = data_dir() / "scenes"


def pixels(content: bytes) -> np.ndarray:
    """A plain PNG, read back by the book: chunks, their checksums, inflate, filter bytes."""
    at, data = 8, b""
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        assert zlib.crc32(name + body) == struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0]
        if name == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        data += body if name == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def test_rebuilding_gives_the_same_bytes():
    made = files()
    for name, content in made.items():
        assert (FOLDER / name).read_bytes() == content, f"{name}: run python -m fmcourse.scenes.build"
        assert len(content) <= 200_000
    assert {path.name for path in FOLDER.iterdir()} == {*made, "README.md", ".gitattributes"}


def test_digests_match():
    for name, digest in json.loads((FOLDER / "scenes.json").read_text())["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_the_sheet_shows_what_its_captions_say():
    sheet, listed = pixels((FOLDER / "scenes.png").read_bytes()), json.loads((FOLDER / "scenes.json").read_text())
    tiles = np.stack([sheet[r * 68 + 2 : r * 68 + 66, c * 68 + 2 : c * 68 + 66] for r in range(3) for c in range(4)])
    for reading, told in zip(read_images(tiles[:, ::2, ::2]), listed["scenes.png"], strict=True):
        scene = parse(told["caption"])
        assert reading.legal and reading.scene == scene
        assert told["nats"] == pytest.approx(-log_prob(scene, len(scene.things)), abs=1e-6)


def test_what_was_asked_for_is_shown():
    sheet, listed = pixels((FOLDER / "asked.png").read_bytes()), json.loads((FOLDER / "scenes.json").read_text())
    tiles = np.stack([sheet[r * 68 + 2 : r * 68 + 66, c * 68 + 2 : c * 68 + 66] for r in range(3) for c in range(4)])
    for reading, told in zip(read_images(tiles[:, ::2, ::2]), listed["asked.png"], strict=True):
        assert (
            reading.legal
            and caption(reading.scene) == told["scene"]
            and fits(reading.scene, understand(told["caption"]))
        )


def test_the_readme_names_what_is_withheld():
    text = " ".join((FOLDER / "README.md").read_text().split())
    assert all(f"{colour} {shape}" in text for shape, colour in WITHHELD)


def test_check_notices_a_changed_and_a_missing_file(tmp_path, capsys):
    assert main(tmp_path) == 0 and main(tmp_path, check=True) == 0
    damaged = bytearray((tmp_path / "scenes.png").read_bytes())
    damaged[1000] ^= 1
    (tmp_path / "scenes.png").write_bytes(damaged)
    (tmp_path / "textures.png").unlink()
    assert main(tmp_path, check=True) == 1
    assert "scenes.png, textures.png" in capsys.readouterr().out


def test_png_round_trip_and_refusal():
    picture = np.random.default_rng(0).integers(0, 256, (211, 127, 3)).astype(np.uint8)
    assert np.array_equal(pixels(png(picture)), picture)
    with pytest.raises(ValueError, match="scale by 255"):
        png(np.zeros((2, 2, 3)))


def test_scenes_need_neither_torch_nor_matplotlib():
    code = (
        "import sys, fmcourse.scenes, fmcourse.scenes.textures, fmcourse.scenes.build; "
        "print([m for m in ('torch', 'matplotlib', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=data_dir().parent
    )
    assert done.stdout.strip() == "[]"
