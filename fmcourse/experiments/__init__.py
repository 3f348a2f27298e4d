"""The experiments behind recorded evidence: one file a record, all run by one runner.

A file data/recorded/NAME.json comes from experiments/NAME.py, which holds

    plan(rows)          yields the settings of every row, in order; it may look at the rows made so far
    make(**settings)    gives the row, or the rows, of one setting; what it reaches is what the record is bound to
    replay(rows)        yields (what, then, now) for one cheap row made again
    TOLERANCE           how far then and now may lie apart
    DATA                files that rows hang on, relative to the course's root (optional)
    keep(row)           whether a row is recorded; all are where it is not there (optional)

Run one with `fmcourse evidence record NAME`; it goes on where it was stopped. What this leaves out: the ideas that are
measured, which stand in `training` and `prompting`.
"""
