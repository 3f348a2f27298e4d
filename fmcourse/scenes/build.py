"""Write data/scenes: three sheets to look at, the captions and labels that belong to them, and a digest of each.

    python -m fmcourse.scenes.build             write it again: the same bytes, on every machine
    python -m fmcourse.scenes.build --check     say whether what is there is what would be written

But: no training data is stored. `dataset` draws any amount of it from a seed in seconds.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from fmcourse.paths import data_dir
from fmcourse.scenes.asking import WITHHELD_COUNTS, WITHHELD_RELATIONS, Asked, ask
from fmcourse.scenes.captions import caption, say
from fmcourse.scenes.images import image
from fmcourse.scenes.png import png
from fmcourse.scenes.sampling import WITHHELD, sample
from fmcourse.scenes.scene import COLOURS, PLACES, SHAPES, SIZES, Scene
from fmcourse.scenes.textures import TEXTURES, texture

SEED = 2026
_EDGE = 2  # white pixels around each picture


def _sheet(pictures: list[np.ndarray], columns: int, zoom: int) -> bytes:
    """Pictures in rows, each pixel drawn `zoom` times each way, as PNG."""
    framed = []
    for picture in pictures:
        pixels = np.rint(picture * 255).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
        framed.append(np.pad(pixels, ((_EDGE, _EDGE), (_EDGE, _EDGE), (0, 0)), constant_values=255))
    rows = [np.concatenate(framed[i : i + columns], axis=1) for i in range(0, len(framed), columns)]
    return png(np.concatenate(rows, axis=0))


def _scenes() -> list[tuple[Scene, float]]:
    rng = np.random.default_rng(SEED)
    return [sample(rng, objects) for objects in (1, 2, 3) for _ in range(4)]


def _asked() -> list[Asked]:
    rng = np.random.default_rng(SEED)
    return [ask(rng, family) for family in ("open", "pair", "group") for _ in range(4)]


def files() -> dict[str, bytes]:
    """What belongs into data/scenes, by file name (the README is written by hand)."""
    drawn = _scenes()
    rng = np.random.default_rng(SEED)
    patterns = [texture(kind, rng) for kind in TEXTURES for _ in range(4)]
    asked, free = _asked(), np.random.default_rng(SEED)
    made = {
        "scenes.png": _sheet([image(scene) for scene, _ in drawn], 4, 2),
        "asked.png": _sheet([image(one.scene, rng=free, free=True) for one in asked], 4, 2),
        "textures.png": _sheet(patterns, 4, 1),
    }
    told = {
        "command": "python -m fmcourse.scenes.build",
        "seed": SEED,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in made.items()},
        "scenes.png": [{"caption": caption(scene), "nats": round(-logp, 6)} for scene, logp in drawn],
        "asked.png": [{"caption": say(one.request), "scene": caption(one.scene)} for one in asked],
        "textures.png": [f"row {i + 1}: {kind}" for i, kind in enumerate(TEXTURES)],
        "words": {"shape": SHAPES, "colour": COLOURS, "size": tuple(SIZES), "place": tuple(PLACES)},
        "withheld": [f"{colour} {shape}" for shape, colour in WITHHELD],
        "withheld relations": [f"a {shape} {relation}" for relation, shape in WITHHELD_RELATIONS],
        "withheld counts": [f"{n} of {shape}" for n, shape in WITHHELD_COUNTS],
    }
    made["scenes.json"] = (json.dumps(told, indent=1) + "\n").encode()
    return made


def main(folder: Path | None = None, check: bool = False) -> int:
    """Write the files, or compare them; 0 when all is well, 1 when a file is missing or differs."""
    folder, wrong = folder or data_dir() / "scenes", []
    for name, content in files().items():
        if not check:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        elif not (folder / name).is_file() or (folder / name).read_bytes() != content:
            wrong.append(name)
    if wrong:
        print(
            f"{', '.join(wrong)} in {folder} differs from what the code makes; "
            "run `python -m fmcourse.scenes.build` to write it again."
        )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
