"""The Hub cell of notebook 14, against a small hub on this machine that holds a tiny U-Net of the real class."""

import json

import pytest
import torch

from fmcourse.paths import notebooks_dir
from tests.harness.small_hub import SmallHub

NAME = "google/ddpm-cifar10-32"


def cell() -> str:
    nb = json.loads(next(notebooks_dir().glob("14_*.ipynb")).read_text(encoding="utf-8"))
    (source,) = ["".join(c["source"]) for c in nb["cells"] if c["cell_type"] == "code" and NAME in "".join(c["source"])]
    return source


@pytest.fixture
def hub(tmp_path, monkeypatch):
    from diffusers import UNet2DModel
    from huggingface_hub import constants

    torch.manual_seed(0)
    blocks = {"down_block_types": ("DownBlock2D",) * 2, "up_block_types": ("UpBlock2D",) * 2}
    UNet2DModel(32, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1, **blocks).save_pretrained(
        tmp_path / "tiny"
    )
    files = {p.name: p.read_bytes() for p in (tmp_path / "tiny").iterdir()}
    made = SmallHub({NAME: files})
    for name, value in {"ENDPOINT": made.url, "HF_HUB_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": False,
                        "HUGGINGFACE_CO_URL_TEMPLATE": made.url + "/{repo_id}/resolve/{revision}/{filename}",
                        "HF_HUB_DISABLE_XET": True}.items():  # fmt: skip
        monkeypatch.setattr(constants, name, value)
    yield made
    if made.server.socket.fileno() >= 0:
        made.close()


class _Views:
    def pictures(self, images, **how):
        self.images = images


def test_four_pictures_are_drawn(hub, capsys):
    views, shown = _Views(), []
    exec(cell(), {"torch": torch, "views": views, "show": lambda fig, alt: shown.append(alt)})
    assert len(shown) == 1 and "Skipped" not in capsys.readouterr().out
    assert views.images.shape == (4, 32, 32, 3) and 0 <= views.images.min() and views.images.max() <= 1


def test_without_the_hub_one_sentence_says_so(hub, capsys):
    hub.close()
    exec(cell(), {"torch": torch, "views": _Views(), "show": None})
    assert capsys.readouterr().out.count("\n") == 1
