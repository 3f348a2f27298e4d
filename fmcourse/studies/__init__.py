"""The comparisons of the lessons: a notebook runs a small part of one, `experiments` records the whole of it."""
