"""What goes in: scenes as pictures, captions and questions as word ids, and word ids back as captions.

But: words outside the language are refused here, in one sentence, and nowhere else.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fmcourse.generation.forms import FORMS
from fmcourse.scenes import captions, question_words
from fmcourse.scenes.images import image
from fmcourse.scenes.scene import Scene
from fmcourse.training.image_sets import tensor


def draw_pictures(scenes: Sequence[Scene], rng: np.random.Generator) -> Tensor:
    """Pictures of scenes with free positions: (N, 3, 32, 32) in [0, 1]."""
    return tensor([image(scene, rng=rng, free=True) for scene in scenes])


def images(pictures: Tensor) -> np.ndarray:
    """(N, 3, H, W) -> (N, H, W, 3), as scenes and views want them."""
    return pictures.permute(0, 2, 3, 1).cpu().numpy()


def encode(texts: Sequence[str]) -> Tensor:
    """Captions as word ids (N, L), 0 behind the last word of each. Raises CaptionError outside the language."""
    words = FORMS["image"].encode(texts)
    return words[:, : int((words > 0).sum(1).max())]


def decode(ids: Sequence[int]) -> str:
    """Word ids back to a caption, up to the first 0.

    >>> decode(encode(["a red ring, on a dotted ground"])[0].tolist())
    'a red ring, on a dotted ground'
    """
    words = []
    for number in ids:
        if number == 0:
            break
        words.append(captions.WORDS[number - 1])
    return " ".join(words).replace(" ,", ",")


def encode_questions(texts: Sequence[str]) -> Tensor:
    """Questions as word ids (N, L), 0 behind the last word of each. Raises QuestionError outside the language."""
    number = {word: i for i, word in enumerate(question_words.WORDS, 1)}
    rows = []
    for text in texts:
        question_words.understand(text)
        rows.append(torch.tensor([number[word] for word in question_words.words(text)]))
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
