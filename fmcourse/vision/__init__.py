"""Pictures and language: telling which caption fits, writing captions, answering questions, and what binds them."""

from fmcourse.lazy import lazy

_WHERE = {
    "ViT": "fmcourse.models.vit",
    "ViTShape": "fmcourse.models.vit",
    "PictureTextShape": "fmcourse.models.picture_text",
    "TwoTowers": "fmcourse.models.picture_text",
    "Captioner": "fmcourse.models.picture_text",
    "Answerer": "fmcourse.models.picture_text",
    "Contrast": "contrast",
    "info_nce": "contrast",
    "sigmoid_loss": "contrast",
    "Captioning": "captioning",
    "write": "captioning",
    "Answering": "answering",
    "ask": "answering",
    "choose": "choosing",
    "recall": "choosing",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("*",))
