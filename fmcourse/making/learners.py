"""What a recipe trains: a network, the same network with its loss, and the batch of each step. Three kinds of them.

    Drawer          draws a form from captions (`generation`)
    PictureReader   reads pictures: two towers or a captioner (`vision`)
    QuestionReader  reads pictures and questions, and begins with the eyes of another

A batch follows from the seed and the number of its step alone, so that a run goes on where it stopped.

But: how long one learns, and what is measured of it, stands in its recipe (`scenes.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Drawer:
    """A patch transformer that draws `form` (of `generation.forms`); its width, blocks and heads.

    From the step `late` on, times are moved less far towards noise (`Form.settled`): first it learns where things
    stand, which is decided under much noise, then how exactly they look.

    With a `stock` so many examples are made before the first step, and batches are drawn from them; with 0 every
    example is fresh. A sound takes 2 ms to make, which would be a third of a step.
    """

    form: str = "image"
    width: int = 96
    depth: int = 6
    heads: int = 3
    stock: int = 0
    late: int | None = None
    note: ClassVar[str] = (
        "Wholly right: an exact reader finds what the caption asked for and nothing else, and no flaw (legal)."
    )

    @property
    def words(self) -> Sequence[str]:
        """The vocabulary."""
        from fmcourse.generation.forms import FORMS

        return FORMS[self.form].words

    def network(self) -> "nn.Module":
        """A fresh network. Its weights come from torch's global generator."""
        from fmcourse.generation.forms import FORMS

        return FORMS[self.form].network(self.width, self.depth, self.heads)

    def objective(self, network: Any) -> "nn.Module":
        """The network with its loss, as `fit` wants it."""
        from fmcourse.generation.flow import Objective

        return Objective(network)

    def batch(self, network: Any, seed: int, step: int, rows: int) -> "dict[str, Tensor]":
        """The batch of a step, of so many rows."""
        import torch

        from fmcourse.generation.flow import batch_of
        from fmcourse.generation.forms import FORMS

        rng, generator = np.random.default_rng([seed, step]), torch.Generator().manual_seed(step + 1)
        form = FORMS[self.form]
        moved = form.moved if self.late is None or step < self.late else form.settled
        if not self.stock:
            return batch_of(*form.batch(rng, rows), generator, moved)
        patches, words = _stock(self.form, self.stock, seed)
        chosen = torch.from_numpy(rng.integers(self.stock, size=rows))
        return batch_of(patches[chosen].float(), words[chosen], generator, moved)


@cache
def _stock(form: str, n: int, seed: int) -> "tuple[Tensor, Tensor]":
    """`n` examples, always the same: patches in half precision, to save memory, and words."""
    import torch

    from fmcourse.generation.forms import FORMS

    rng = np.random.default_rng([seed, n, 0])  # three numbers: no step uses this generator
    parts = [FORMS[form].batch(rng, min(1000, n - start)) for start in range(0, n, 1000)]
    return torch.cat([patches.half() for patches, _ in parts]), torch.cat([words for _, words in parts])


@dataclass(frozen=True)
class PictureReader:
    """A network of a `kind` (of `picture_text.MODELS`) that reads pictures.

    `depth` and `out` are the text stack's; `width`, `layers`, `heads` and `patch` the vision transformer's.
    """

    kind: str
    depth: int = 3
    out: int = 64
    width: int = 96
    layers: int = 4
    heads: int = 4
    patch: int = 4
    form: ClassVar[str] = "image"
    note: ClassVar[str] = "Beside each share stands what a lesser reader reaches on the same pictures."

    @property
    def words(self) -> Sequence[str]:
        """The vocabulary."""
        return self._language.WORDS

    @property
    def _language(self) -> Any:
        from fmcourse.scenes import captions

        return captions

    def network(self) -> "nn.Module":
        """A fresh network. Its weights come from torch's global generator."""
        from fmcourse.models.picture_text import MODELS, PictureTextShape
        from fmcourse.models.vit import ViTShape

        sight = ViTShape(patch=self.patch, width=self.width, depth=self.layers, heads=self.heads)
        shape = PictureTextShape(len(self.words), self._language.LONGEST, self.depth, self.out, sight)
        return MODELS[self.kind](shape)

    def objective(self, network: Any) -> "nn.Module":
        """The network with its loss, as `fit` wants it."""
        from fmcourse.vision.captioning import Captioning
        from fmcourse.vision.contrast import Contrast

        return (Contrast if self.kind == "two-towers" else Captioning)(network)

    def batch(self, network: Any, seed: int, step: int, rows: int) -> "dict[str, Tensor]":
        """The batch of a step, of so many rows."""
        from fmcourse.vision import captioning, contrast

        rng = np.random.default_rng([seed, step])
        return contrast.batch(rng, rows) if self.kind == "two-towers" else captioning.batch(rng, rows, network)


@dataclass(frozen=True)
class QuestionReader(PictureReader):
    """An answerer that `begins` with the vision transformer of a shipped model, and learns to point beside its answers
    (`answering.Answering`; `pointing` says how much that counts)."""

    kind: str = "answerer"
    out: int = 21
    begins: str | None = "scene-captioner"
    pointing: float = 3.0
    note: ClassVar[str] = (
        "Beside each share stands what a lesser reader reaches on the same pictures. Its eyes began as those of the "
        "captioner; in training it also had to point at the things that a question names."
    )

    @property
    def _language(self) -> Any:
        from fmcourse.scenes import question_words

        return question_words

    def network(self) -> "nn.Module":
        """A fresh network, with the eyes of another. Raises what `load` raises where that is not there."""
        from fmcourse.models.catalogue import load

        network = super().network()
        if self.begins:
            network.get_submodule("vit").load_state_dict(load(self.begins, device="cpu").model.vit.state_dict())
        return network

    def objective(self, network: Any) -> "nn.Module":
        """The network with its loss, as `fit` wants it."""
        from fmcourse.vision.answering import Answering

        return Answering(network, pointing=self.pointing)

    def batch(self, network: Any, seed: int, step: int, rows: int) -> "dict[str, Tensor]":
        """The batch of a step, of so many rows."""
        from fmcourse.vision import answering

        return answering.batch(np.random.default_rng([seed, step]), rows, pointing=True)
