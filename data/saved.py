"""The check of a vocabulary that comes from a checkpoint, which may be anything."""

from inspect import signature


def check_saved(level: type, saved: dict) -> None:
    """Raises ValueError unless `saved` can be what `as_dict` of this level of vocabulary returned."""
    flags = signature(level).parameters.keys() - {"symbols"}
    for name, value in saved.items():
        if name not in {"level", "symbols"} | flags:
            raise ValueError(f"its vocabulary has {name[:60]!r}, which this minrnn does not know")
        if name in flags and (type(value) is not bool or (value and not level.foldable)):
            raise ValueError(f"its vocabulary has {name} {value if value is True else f'a {type(value).__name__}'}")
    symbols = saved.get("symbols")
    if type(symbols) is not list or not symbols:
        raise ValueError("its vocabulary has no symbols")
    if not level.possible(symbols):
        raise ValueError(f"its vocabulary has symbols that are no {level.level}s, or has some of them twice")
