"""Guess first, then see: `predict` notes a prediction, `reveal` shows it beside the measurement.

What this leaves out: marks. A wrong prediction is what makes a measurement worth remembering.
"""

import numbers

from fmcourse import records


def predict(id, value) -> None:
    """Note a prediction and say so in one line that depends on nothing but `id` and `value`.

    value: a number or a word; None means that nothing was predicted yet. Never raises.

    >>> predict("03.tokens", 7)
    Prediction 03.tokens: 7. Noted; run on to see the measurement.
    """
    name = records.text_of(id, 60)
    if value is None:
        print(f"Prediction {name}: none yet. Put your guess in place of None and run this cell again.")
        return
    print(f"Prediction {name}: {_short(value)}. Noted; run on to see the measurement.")
    _LAST[name] = records.plain(value)
    records.append(_file(), {"id": name, "value": _LAST[name], "time": records.now()})


def reveal(id, measured, unit: str = "") -> None:
    """Show the last prediction for `id` beside what was measured. Works without a prediction; never raises.

    The line with the measurement begins with "  measured:", so tests do not compare its digits.

    >>> predict("03.pieces", 7)
    Prediction 03.pieces: 7. Noted; run on to see the measurement.
    >>> reveal("03.pieces", 9, "pieces")
    You predicted: 7 pieces
      measured: 9 pieces (2 more than you predicted)
    """
    name = records.text_of(id, 60)
    unit = records.text_of(unit, 90)
    unit = f" {unit}" if unit else ""
    guess = _LAST.get(name)
    if guess is None:
        guess = next((e.get("value") for e in reversed(records.read(_file())) if e.get("id") == name), None)
    said = "nothing yet" if guess is None else f"{_short(guess)}{unit}"
    print(f"You predicted: {said}\n  measured: {_short(measured)}{unit}{_compare(guess, records.plain(measured))}")


_LAST: dict[str, object] = {}  # of this kernel, so that a read-only disk costs nothing


def _file():
    from fmcourse.paths import home_dir

    return home_dir() / "predictions.jsonl"


def _short(value) -> str:
    value = records.plain(value)
    return f"{value:.4g}" if isinstance(value, float) else records.text_of(value, 80)


def _compare(guess, measured) -> str:
    if any(isinstance(v, bool) or not isinstance(v, numbers.Real) for v in (guess, measured)):
        return "" if guess is None or measured is None else " (as you predicted)" if guess == measured else ""
    try:
        gap = measured - guess
    except OverflowError:  # a whole number that is too large to be compared with a fraction
        return ""
    if gap == 0:
        return " (exactly as you predicted)"
    return f" ({_short(abs(gap))} {'more' if gap > 0 else 'less'} than you predicted)"
