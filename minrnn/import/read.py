"""From the file of weights to the checkpoint."""

import math
from pathlib import Path

from data import LEVELS, ByteVocabulary, Vocabulary

from ..checkpoint.without_run import save_without_run
from ..exchange import npz, safetensors
from ..exchange.from_torch import from_torch
from ..exchange.strict_json import parsed
from ..exchange.symbols import vocabulary_at, vocabulary_from_json
from ..options.option import flag
from ..options.table import DEFAULTS, accepted
from ..system.errors import CheckpointError, OptionError
from ..system.wording import plural


def make_checkpoint(file: Path, out: Path, given: dict) -> str:
    """Writes `out` and returns a line about it. `given` are --vocabulary (or None) and how to learn one.

    Raises CheckpointError for a file that cannot be used, and OptionError or TextError for the vocabulary.
    """
    try:
        tensors, metadata = read(file)
        if metadata.get("format") == "minrnn":
            config, weights = parsed(metadata.get("config", "")), tensors
        else:
            config, weights = from_torch(tensors)
        symbols = metadata.get("vocabulary")
        own = vocabulary_from_json(symbols, "char") if symbols else None
    except ValueError as error:
        raise CheckpointError(f"{file} cannot be used: {error}") from None
    vocabulary = chosen(file, own, given)
    if metadata.get("format") != "minrnn" and len(vocabulary) != config["V"]:
        raise OptionError(
            f"{file} is a model of {plural(config['V'], 'symbol')}, but the vocabulary has {len(vocabulary):,}; "
            "name the text that it learned from, or a .json file with the list of its symbols"
        )
    try:
        save_without_run(out, config, vocabulary.as_dict(), weights)
    except ValueError as error:
        raise CheckpointError(f"{file} cannot be used: {error}") from None
    c, count = DEFAULTS | config, sum(math.prod(w.shape) for w in weights.values())
    size = f"{c['cell']} {c['layers']} x {c['hidden']}"
    return f"{out}: {size}, {plural(count, 'parameter')}, {plural(len(vocabulary), 'symbol')}"


def read(file: Path) -> tuple[dict, dict[str, str]]:
    """The tensors and the metadata of a file. Raises ValueError, or CheckpointError if it cannot be read."""
    try:
        if not file.is_file():
            raise CheckpointError(f"{file} cannot be read: it is not a file; name a file of weights")
        data = file.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{file} cannot be read: {error.strerror}") from None
    return (npz.decoded(data), {}) if file.suffix == ".npz" else safetensors.decoded(data)


def chosen(file: Path, own: Vocabulary | None, given: dict) -> Vocabulary:
    """The vocabulary of the file itself, or the one that was named. Raises OptionError unless there is just one."""
    path, how = given["vocabulary"], {name: value for name, value in given.items() if name != "vocabulary"}
    if own and (path or how):
        named = " and ".join(map(flag, [*(["vocabulary"] if path else []), *how]))
        raise OptionError(f"{file} has its own vocabulary; leave out {named}")
    if own:
        return own
    if not path and how == {"level": "byte"}:
        return ByteVocabulary()
    if not path:
        raise OptionError(f"{file} does not say what its symbols are; name a text or a .json file by --vocabulary")
    options = DEFAULTS | how
    level = LEVELS[options["level"]]
    folding = accepted(level, {name: options[name] for name in ("tokeniser", "lowercase", "letters")})
    useless = dict.fromkeys(("vocab_size", "encoding"), "a .json file") if path.endswith(".json") else {}
    if level.raw:
        useless["encoding"] = "--level byte"
    if "tokeniser" not in folding:
        useless["tokeniser"] = f"--level {options['level']}"
    for name in useless.keys() & how.keys():
        raise OptionError(f"{flag(name)} means nothing with {useless[name]}; leave it out")
    vocabulary = vocabulary_at(path, options["level"], options["encoding"], options["vocab_size"], **folding)
    for name, value in how.items():
        if value != "auto" and vocabulary.as_dict().get(name, value) != value:
            raise OptionError(f"{flag(name)} {value} contradicts {path}; leave it out")
    return vocabulary
