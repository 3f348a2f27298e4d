"""What belongs to one notebook each: nb03/ holds its exercises.py, quiz.toml and claims.toml.

A new folder is found by itself; docs/writing-notebooks.md shows what its files hold. What this leaves out: reading
them, which is the work of `fmcourse.classroom`.
"""
