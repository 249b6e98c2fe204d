"""All options of a run, from the defaults, a preset, the run to resume, and what the user gave; and contradictions."""

from data import LEVELS, validation_files

from ..nn.config import check_config
from ..system.cores import physical_cores
from ..system.errors import OptionError
from ..system.mpi import launched, ranks, ranks_here
from ..system.wording import cell_label
from .option import FIXED, flag
from .presets import load
from .rates import usual_rate
from .table import AVERAGING, DEFAULTS, FORMERLY, HELD_OUT, LENGTHS, OWNERS, ROWS, belongs, structural
from .training_options import MINUTES, MOMENTA


def resolve(given: dict, saved: dict | None = None, start: dict | None = None) -> dict:
    """All options of a run: the defaults, over them a preset's or a checkpoint's (`saved`), over them what was `given`.

    `start` are the options of the run whose model a new run starts from: the structure stays as it is there.
    Raises OptionError where options contradict each other, the preset or the checkpoint.
    """
    if saved:
        saved = FORMERLY | saved
        refuse_changes(given, saved)
    structure = structural(DEFAULTS | start) if start else {}
    for name, value in structure.items():
        if given.get(name, value) != value and name != "vocab_size":
            raise OptionError(
                f"{flag(name)} {shown(given[name])} contradicts the model of --init-from, which has {shown(value)}; "
                "leave it out"
            )
    recipe = {} if saved else preset_options(structure | given)
    options = {**DEFAULTS, **(saved or recipe), **structure}
    for group in (LENGTHS, HELD_OUT, AVERAGING):
        chosen = [name for name in group if given.get(name)]
        if len(chosen) > 1:
            raise OptionError(f"{' and '.join(map(flag, chosen))} contradict each other; give one")
        if chosen or (group is HELD_OUT and "val" in given and not saved):
            options.update({name: 0 if group is HELD_OUT else None for name in group})
    options.update(given)
    if options["dropout_growth"] is None and not saved and ("dropout" in given or "dropout" in recipe):
        options["dropout_growth"] = 0.0
    if not saved and not any(name in recipe or name in given for name in HELD_OUT):
        if files := validation_files(options["text"]):
            options |= {"val": 0.0, "val_files": files}
    if all(options[name] is None for name in LENGTHS):
        options["minutes"] = MINUTES
    refuse_strangers(given, options)
    refuse_contradictions(given, options)
    if options["lr"] is None:
        options["lr"] = usual_rate(options["optimizer"], options["cell"], options["level"])
    if options["momentum"] is None:
        options["momentum"] = MOMENTA.get(options["optimizer"], 0.0)
    if options["threads"] is None:
        options["threads"] = max(1, physical_cores() // ranks_here())
    if options["shards"] is None:
        few = min(physical_cores(), max(1, options["batch_size"] // 8))
        options["shards"] = max(few, min(ranks(), options["batch_size"]))
    if options["shards"] > options["batch_size"]:
        raise OptionError(f"--shards {options['shards']} is more than --batch-size {options['batch_size']}; lower it")
    return options


def preset_options(given: dict) -> dict:
    """The options of the preset that was `given`, without those that what else was given makes meaningless."""
    if not given.get("preset"):
        return {}
    options = load(given["preset"])["options"]
    choices = DEFAULTS | options
    changed = {choice for choice in OWNERS if choice in given and given[choice] != choices[choice]}

    def has_meaning(name):
        owners = {"optimizer": []} if name == "lr" else belongs(name)
        # The same number means different things to two optimisers or schedules, but the same to two levels or cells.
        if changed & (owners.keys() - {"level", "cell"}):
            return False
        chosen = choices | given
        return all(chosen[choice] in owners[choice] for choice in ("level", "cell") if choice in owners)

    return {name: value for name, value in options.items() if has_meaning(name)}


def refuse_changes(given: dict, saved: dict) -> None:
    """Raises OptionError where the run to resume cannot change what was `given`."""
    for name, value in given.items():
        has = saved.get(name, DEFAULTS[name])
        if ROWS[name].resumed == FIXED and value != has:
            raise OptionError(
                f"{flag(name)} {shown(value)} contradicts the run to resume, which has {shown(has)}; "
                "leave it out, or start a new run without --resume"
            )


def refuse_strangers(given: dict, options: dict) -> None:
    """Raises OptionError where an option was `given` that the level, cell, optimiser or schedule does not take."""
    for name in given:
        for choice, owners in belongs(name).items():
            if options[choice] not in owners and given[name] is not False:
                names, chosen = (shown(text) for text in (" or ".join(owners), options[choice]))
                of = "" if choice in given or not options["preset"] else f" of the preset {options['preset']}"
                raise OptionError(f"{flag(name)} belongs to {flag(choice)} {names}, not to {chosen}{of}; leave it out")


def refuse_contradictions(given: dict, options: dict) -> None:
    """Raises OptionError where an option needs another one that is not there, or excludes one that is."""
    held_out = any(options[name] for name in HELD_OUT)
    for name, asked in (("schedule", options["schedule"] == "plateau"), ("patience", options["patience"])):
        if asked and not (held_out and options["eval_every"]):
            raise OptionError(f"{flag(name)} {options[name]} needs validations; give --val and --eval-every above 0")
    if given.get("val_symbols") and not held_out:
        raise OptionError(
            f"--val-symbols {given['val_symbols']} is for validations, but nothing is held out; give --val"
        )
    for name in ("lowercase", "letters"):
        if options[name] and not LEVELS[options["level"]].foldable:
            cure = "leave it out" if name in given else f"give --no-{name} to turn off what the preset turns on"
            raise OptionError(f"--level {options['level']} takes the text as it is, but {flag(name)} is given; {cure}")
    if "encoding" in given and LEVELS[options["level"]].raw:
        raise OptionError(f"--level {options['level']} takes the bytes as they are; leave out --encoding")
    drops = options["dropout"] or options["dropout_growth"] != 0
    for name, dropped in (("dropout_at", 0), ("dropout_mask", options["input_dropout"])):
        if name in given and not (drops or dropped):
            raise OptionError(f"{flag(name)} says how to drop, but --dropout is 0; give --dropout, or leave it out")
    if "init_embedding" in given and not options["embed"]:
        raise OptionError("--init-embedding is for an embedding, but --embed is 0; give --embed, or leave it out")
    if "init_embedding" in given and options["tie_weights"]:
        raise OptionError("--init-embedding and --tie-weights: the embedding is the output matrix; give --init-output")
    if "sampled_share" in given and not options["sampled_softmax"]:
        raise OptionError("--sampled-share belongs to --sampled-softmax; give both, or neither")
    if "rank_timeout" in given and not launched():
        raise OptionError("--rank-timeout is for the ranks of mpiexec, and there are none; leave it out")
    if options["keep"] and not options["eval_every"]:
        raise OptionError(f"--keep {options['keep']} keeps checkpoints at every --eval-every, which is 0; give one")
    if "sample_length" in given and options["sample_style"] == ["rows"]:
        raise OptionError("--sample-length is for samples, and --sample-style rows shows none; leave it out")
    try:
        check_config(options | {"dropout": drops})
    except ValueError as error:
        raise OptionError(shown(error)) from None


def shown(value: object) -> str:
    """A value of an option in a message."""
    return cell_label(str(value))
