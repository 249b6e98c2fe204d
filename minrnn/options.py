"""What a training run can be told: the defaults, what belongs to what, and what a resume may change."""

import os
from inspect import signature
from pathlib import Path

from optim import OPTIMIZERS, SCHEDULES


class OptionError(ValueError):
    """Options that cannot be met. The message is one line for the user."""


DEFAULTS = dict(
    text=["python"], level="char", val=0.1, vocab_size=None, lowercase=False,
    cell="lstm", gru_reset="after", layers=1, hidden=256, embed=0, dropout=0.0,
    optimizer="adam", lr=None, momentum=0.0, rho=0.9, beta1=0.9, beta2=0.99, weight_decay=0.0,
    schedule="cosine", warmup=20, final_lr=0.05, decay=0.5, decay_every=5000, decay_patience=3,
    clip_norm=5.0, clip_value=0.0,
    batch_size=32, seq_len=64, epochs=None, steps=None, minutes=None, carry="stream",
    seed=0, threads=None, shards=None,
    out=None, resume=False, sample_every=200, log_every=50, eval_every=300, quiet=False,
)  # fmt: skip

# A good first learning rate for each optimiser, where none is given.
LEARNING_RATES = {"sgd": 0.5, "rmsprop": 2e-3, "adam": 5e-3}
MINUTES = 2.0

# How long a run lasts: one of these at most.
LENGTHS = ("epochs", "steps", "minutes")

# What an optimiser or a schedule can be told is what its constructor names.
KINDS = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}

# What the weights and the order of the batches depend on: a resumed run keeps these.
FIXED = (
    "level", "val", "vocab_size", "lowercase", "cell", "gru_reset", "layers", "hidden", "embed", "dropout",
    "optimizer", "batch_size", "seq_len", "carry", "seed", "shards",
)  # fmt: skip


def accepted(kind, options):
    """Those of the options that the constructor of this optimiser or schedule takes."""
    return {name: options[name] for name in signature(kind).parameters if name in options and name != "lr"}


def belongs(name):
    """{"optimizer": ["adam"]} for an option that means something to Adam only; {} for one that stands by itself."""
    if name == "gru_reset":
        return {"cell": ["gru"]}
    owners = {
        choice: [k for k, kind in kinds.items() if name in accepted(kind, DEFAULTS)] for choice, kinds in KINDS.items()
    }
    return {choice: names for choice, names in owners.items() if names}


def lasting(options):
    """The options that belong to the run, and not to the machine or the moment: what a checkpoint keeps."""
    return {name: value for name, value in options.items() if name not in ("out", "resume", "threads", "quiet")}


def flag(name):
    """How an option is written on the command line."""
    return "--" + name.replace("_", "-")


def resolve(given, saved=None):
    """All options of a run: the defaults or a checkpoint's (`saved`), and over them what was `given`.

    Raises OptionError where options contradict each other or the checkpoint.
    """
    options = {**DEFAULTS, **(saved or {})}
    for name in FIXED:
        if saved and name in given and given[name] != saved[name]:
            raise OptionError(
                f"{flag(name)} {given[name]} contradicts the run to resume, which has {saved[name]}; "
                "leave it out, or start a new run without --resume"
            )
    lengths = [name for name in LENGTHS if name in given]
    if len(lengths) > 1:
        raise OptionError(f"{' and '.join(map(flag, lengths))} contradict each other; give one")
    if lengths:
        options.update(dict.fromkeys(LENGTHS))
    options.update(given)
    if all(options[name] is None for name in LENGTHS):
        options["minutes"] = MINUTES
    for name in given:
        for choice, owners in belongs(name).items():
            if options[choice] not in owners:
                names = " or ".join(owners)
                raise OptionError(
                    f"{flag(name)} belongs to {flag(choice)} {names}, not to {options[choice]}; leave it out"
                )
    if options["schedule"] == "plateau" and not (options["val"] and options["eval_every"]):
        raise OptionError("--schedule plateau needs validations to look at; give --val and --eval-every above 0")
    if options["lr"] is None:
        options["lr"] = LEARNING_RATES.get(options["optimizer"], 1e-3)
    if options["threads"] is None:
        options["threads"] = physical_cores()
    if options["shards"] is None:
        options["shards"] = min(physical_cores(), max(1, options["batch_size"] // 8))
    if options["shards"] > options["batch_size"]:
        raise OptionError(f"--shards {options['shards']} is more than --batch-size {options['batch_size']}; lower it")
    return options


def physical_cores():
    """The number of cores this process may use, hyper-threads of one core counted once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    cores = {core_of(k) for k in allowed}
    return len(cores)


def core_of(cpu):
    """A name for the core of a logical CPU: the list of CPUs that share it."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return cpu
