"""JSON from a file that nobody has checked."""

import json


def parsed(text: str | bytes) -> object:
    """The value. Raises ValueError for what is not JSON, a number that is not finite, and a name that comes twice."""
    try:
        return json.loads(text, object_pairs_hook=without_repeats, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def without_repeats(pairs: list[tuple[str, object]]) -> dict:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it has {max(names, key=names.count)[:60]!r} twice")
    return values


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")
