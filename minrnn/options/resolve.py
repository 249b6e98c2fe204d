"""From what was given to all options of a run: defaults, presets, a run to resume, and what contradicts what."""

from cells import CELLS, Bidirectional

from ..system.cores import physical_cores
from ..system.errors import OptionError
from .presets import load
from .table import DEFAULTS, FIXED, HELD_OUT, KINDS, LEARNING_RATES, LENGTHS, MINUTES, belongs, flag


def resolve(given, saved=None):
    """All options of a run: the defaults, a preset's or a checkpoint's (`saved`), and over them what was `given`.

    Raises OptionError where options contradict each other, the preset or the checkpoint.
    """
    if saved:
        contradict(given, saved)
        options = {**DEFAULTS, **saved}
    else:
        options = {**DEFAULTS, **recipe(given)}
    for group in (LENGTHS, HELD_OUT):
        chosen = [name for name in group if given.get(name)]
        if len(chosen) > 1:
            raise OptionError(f"{' and '.join(map(flag, chosen))} contradict each other; give one")
        if chosen or (group is HELD_OUT and "val" in given and not saved):
            options.update({name: None if group is LENGTHS else 0 for name in group})
    options.update(given)
    if all(options[name] is None for name in LENGTHS):
        options["minutes"] = MINUTES
    for name in given:
        for choice, owners in belongs(name).items():
            if options[choice] not in owners and given[name] is not False:
                names = " or ".join(owners)
                of = "" if choice in given or not options["preset"] else f" of the preset {options['preset']}"
                raise OptionError(
                    f"{flag(name)} belongs to {flag(choice)} {names}, not to {options[choice]}{of}; leave it out"
                )
    demands(given, options)
    if options["lr"] is None:
        options["lr"] = LEARNING_RATES.get(options["optimizer"], 1e-3)
    if options["threads"] is None:
        options["threads"] = physical_cores()
    if options["shards"] is None:
        options["shards"] = min(physical_cores(), max(1, options["batch_size"] // 8))
    if options["shards"] > options["batch_size"]:
        raise OptionError(f"--shards {options['shards']} is more than --batch-size {options['batch_size']}; lower it")
    return options


def contradict(given, saved):
    """Raises OptionError where a run to resume was given what it cannot change."""
    for name in FIXED:
        has = saved.get(name, DEFAULTS[name])
        if name in given and given[name] != has:
            raise OptionError(
                f"{flag(name)} {given[name]} contradicts the run to resume, which has {has}; "
                "leave it out, or start a new run without --resume"
            )


def recipe(given):
    """The options of the preset that was `given`, less those that lose their meaning by what else was given."""
    if not given.get("preset"):
        return {}
    options = load(given["preset"])["options"]
    changed = {choice for choice in KINDS if choice in given and given[choice] != options.get(choice)}

    def stands(name):
        owners = {"optimizer": []} if name == "lr" else belongs(name)
        # One number means different things to two optimisers or schedules, but the same to two cells.
        if changed & (owners.keys() - {"cell"}):
            return False
        return "cell" not in owners or given.get("cell", options["cell"]) in owners["cell"]

    return {name: value for name, value in options.items() if stands(name)}


def demands(given, options):
    """Raises OptionError where an option needs another one that is not there."""
    held_out = any(options[name] for name in HELD_OUT)
    for name, asked in (("schedule", options["schedule"] == "plateau"), ("patience", options["patience"])):
        if asked and not (held_out and options["eval_every"]):
            raise OptionError(
                f"{flag(name)} {options[name]} needs validations to look at; give --val and --eval-every above 0"
            )
    for name in ("lowercase", "letters"):
        if options["level"] == "byte" and options[name]:
            cure = "leave it out" if name in given else f"give --no-{name}, as the preset has it"
            raise OptionError(f"--level byte takes every byte as it is, but {flag(name)} is given; {cure}")
    if "init_embedding" in given and not options["embed"]:
        raise OptionError("--init-embedding starts an embedding, but --embed is 0; give --embed, or leave it out")
    if "init_embedding" in given and options["tie_weights"]:
        raise OptionError("--init-embedding and --tie-weights: the embedding is the output matrix; give --init-output")
    if options["keep"] and not options["eval_every"]:
        raise OptionError(f"--keep {options['keep']} keeps checkpoints at every --eval-every, which is 0; give one")
    if "sample_length" in given and options["sample_style"] == ["rows"]:
        raise OptionError("--sample-length is for samples, and --sample-style rows shows none; leave it out")
    for name in ("dropout_at", "dropout_mask"):
        if name in given and not options["dropout"]:
            raise OptionError(f"{flag(name)} says how to drop, but --dropout is 0; give --dropout, or leave it out")
    width = options["hidden"] * (2 if issubclass(CELLS[options["cell"]], Bidirectional) else 1)
    if options["tie_weights"] and options["embed"] != width:
        raise OptionError(
            f"--tie-weights uses the embedding as output matrix, so it must be as wide as the output of the last "
            f"layer; give --embed {width}, not {options['embed']}"
        )
