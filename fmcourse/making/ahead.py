"""Batches made ahead of their steps by other processes, so that a GPU does not wait for pictures to be drawn.

A batch follows from the number of its step alone, so it is the same whoever makes it. torch's `DataLoader` keeps the
order and passes tensors through shared memory.

But: without a GPU the other processes only take the cores that training needs; then there should be none.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Batch = dict[str, "Tensor"]
AHEAD = 8  # batches that each process keeps ready


class Steps:
    """The batches from the step `first` to before `last`, by their place: what a DataLoader asks its processes for."""

    def __init__(self, batch: Callable[[int], Batch], first: int, last: int):
        self.batch, self.first, self.last = batch, first, last

    def __len__(self) -> int:
        return self.last - self.first

    def __getitem__(self, place: int) -> Batch:
        return self.batch(self.first + place)


def ahead(batch: Callable[[int], Batch], steps: int, workers: int) -> Callable[[int], Batch]:
    """`batch`, made by so many other processes before it is asked for; with 0, `batch` itself.

    Steps must be asked for one after the other, from any first one on; ValueError for another.
    """
    if not workers:
        return batch
    made: Iterator[Batch] | None = None
    due = 0

    def next_batch(step: int) -> Batch:
        nonlocal made, due
        if made is None:
            made, due = _loader(batch, step, steps, workers), step
        if step != due:
            raise ValueError(f"step {step} was asked for, but {due} is next; batches ahead come in order.")
        due += 1
        return next(made)

    return next_batch


def _loader(batch: Callable[[int], Batch], first: int, last: int, workers: int) -> Iterator[Batch]:
    from torch.utils.data import DataLoader

    loader: DataLoader = DataLoader(
        Steps(batch, first, last),  # type: ignore[arg-type]  # anything with a length and places will do
        batch_size=None,
        num_workers=workers,
        prefetch_factor=AHEAD,
        multiprocessing_context="fork",  # the networks that `batch` holds need not travel
    )
    return iter(loader)
