"""The words in which a claim can come out."""

HOLDS, FAILS, CONDITION, OPEN = "holds", "does not hold", "holds with a condition", "could not be settled"
VERDICTS = (HOLDS, FAILS, CONDITION)
