"""The options of sample.py, a row each, and which of them contradict each other."""

from argparse import Namespace

from ..system.errors import OptionError
from .arguments import TINY, amount, fraction, non_negative, positive, rate
from .kinds import Choice, Encoding, OwnCell, Several, Switch, Text
from .option import flag, momentary

# fmt: off
ROWS = [
    momentary("model MODEL", Several(Text()), None, "a checkpoint of train.py, or the folder of a run (its best); "
              "several models with one vocabulary predict the mean of their probabilities (default: the newest run "
              "in runs/)"),
    momentary("--cell FILE.py:Class", Several(OwnCell(), commas=True), None, "the file and the class of the cell, for "
              "a model that was trained with one of your own (several models: with commas between)"),
    momentary("--length N", non_negative, 500, "symbols to write; 0 to go on until Ctrl-C"),
    momentary("--prime TEXT", str, "", "what the model reads first (default: a line end); \\n, \\t, \\\\, \\xNN and "
              "\\uNNNN are a line end, a tab, a backslash, a byte and a character, also in the other texts"),
    momentary("--prime-file FILE", Text(), None, "read the prompt from a file, or from standard input (-), as it is"),
    momentary("--interactive", Switch(), False, "ask for prompts, a line each, and go on from each of them"),
    momentary("--show-prompt", Switch(), False, "write the prompt to standard output too, in front of each sample"),
    momentary("--random-start", Switch(), False, "begin with a random symbol of the training text, another one for "
              "each sample"),
    momentary("--temperature X", amount, 1.0, "below 1 careful, above 1 daring; 0 is --greedy"),
    momentary("--top-k K", non_negative, 0, "choose among the K likeliest symbols; 0 for all"),
    momentary("--top-p P", fraction, 1.0, "choose among the likeliest symbols that hold the probability P"),
    momentary("--greedy", Switch(), False, "always take the likeliest symbol"),
    momentary("--seed N", non_negative, None, "the same seed writes the same text (default: another each time)"),
    momentary("--num K", positive, 1, "write K samples, computed side by side"),
    momentary("--stop TEXT", Text(), None, "stop before this text"),
    momentary("--stop-after TEXT", Text(), None, "stop after this text, and keep it"),
    momentary("--allow-unknown", Switch(), False, "write <unk>, too, where the model has it"),
    momentary("--unknown", Choice(("error", "skip")), None, "what to do with symbols of a prompt or a scored text that "
              "the model does not know: error, or skip to leave them out (default: error; if the model has <unk>, read "
              "them as <unk>)"),
    momentary("--jsonl", Switch(), False, "write a line for each sample, a JSON object with its prompt, text and seed"),
    momentary("--next K", positive, None, "write nothing; tell the K likeliest symbols after the prompt and their "
              "probabilities"),
    momentary("--probability TEXT", Text(), None, "write nothing; tell the probability of this text after the prompt, "
              "and its nats"),
    momentary("--fill TEXT", Text(), None, "bidirectional models: fill in the blanks of a text, one symbol for each _ "
              "(one word for each run of them); \\_ is the character itself"),
    momentary("--sweeps K", non_negative, 8,
              "bidirectional models: how often what was written is drawn again from both sides"),
    momentary("--score FILE", Text(), None, "write nothing; tell how well the model predicts this text (-: standard "
              "input): nats a symbol, bits a character, perplexity, accuracy (a bidirectional model sees both sides of "
              "each symbol: do not compare its numbers with those of others)"),
    momentary("--encoding NAME", Encoding(), "utf-8", "how the texts of --score, --dynamic-text and --prime-file are "
              "encoded"),
    momentary("--dynamic", Switch(), False, "with --score: beside it, the score of a model that goes on learning from "
              "each part of the text after it was scored (dynamic evaluation); the checkpoint stays as it is"),
    momentary("--dynamic-rate X", rate, 4e-4, "how far --dynamic moves a weight at once"),
    momentary("--dynamic-decay X", amount, 1e-3, "how strongly --dynamic pulls the weights back; 0: not at all"),
    momentary("--dynamic-segment T", positive, 20, "symbols that --dynamic scores between two updates"),
    momentary("--dynamic-text FILE", Text(), None, "where --dynamic learns how large gradients usually are (default: "
              "the training text)"),
]
# fmt: on
GROUPS = {"": ROWS}


# What says how a text begins, and what sets up --dynamic.
BEGINNINGS = ("random_start", "prime", "prime_file", "interactive")
TUNING = tuple(row.name for row in ROWS if row.name.startswith("dynamic_"))
# What answers in place of writing, and the options that go with it.
PROMPTING = ("prime", "prime_file", "encoding", "unknown")
ANSWERS = {"score": ("encoding", "unknown", "dynamic", *TUNING), "next": PROMPTING, "probability": PROMPTING}


def complete(given: dict) -> Namespace:
    """All options: the defaults, and over them what was `given`; OptionError where options contradict each other."""
    o = Namespace(**{row.name: row.default for row in ROWS} | given)

    def first(*names: str) -> str | None:
        """The first of these options that was given, as it is written; None if none was."""
        return next((flag(name) for name in names if name in given), None)

    for answer, names in ANSWERS.items():
        others = (row.name for row in ROWS if row.name not in (*names, "model", "cell", answer))
        if getattr(o, answer) and (other := first(*others)):
            raise OptionError(f"{flag(answer)} writes nothing: leave out {other}")
    if 0 < o.temperature < TINY:
        raise OptionError(f"--temperature {o.temperature:g} is too small; give {TINY:g} or more, or 0 for --greedy")
    if o.greedy and first("temperature", "top_k", "top_p"):
        raise OptionError("--greedy takes the likeliest symbol: leave out --temperature, --top-k and --top-p")
    if not o.temperature and (other := first("top_k", "top_p")):
        raise OptionError(f"--temperature 0 takes the likeliest symbol: leave out {other}")
    if not o.temperature:
        o.greedy, o.temperature = True, 1.0
    if o.num > 1 and (not o.length or (o.greedy and not o.random_start)):
        raise OptionError("--num is for samples that differ and end: leave out --greedy, --temperature 0, --length 0")
    if o.fill and (other := first("length", *BEGINNINGS, "show_prompt", "stop", "stop_after")):
        raise OptionError(f"--fill gives the whole text: leave out {other}")
    beginnings = [flag(name) for name in BEGINNINGS if getattr(o, name)]
    if len(beginnings) > 1:
        raise OptionError(f"{beginnings[0]} and {beginnings[1]} both say how to begin; give one")
    if o.stop and o.stop_after:
        raise OptionError("--stop and --stop-after both say where to end; give one")
    if o.show_prompt and o.jsonl:
        raise OptionError("--jsonl has the prompt in each object; leave out --show-prompt")
    if o.show_prompt and not first(*BEGINNINGS[1:]):
        raise OptionError("--show-prompt has no prompt to show; give one by --prime or --prime-file, or leave it out")
    if o.jsonl and not (o.length or o.stop or o.stop_after):
        raise OptionError("--jsonl writes a sample when it has ended; give a --length, or a --stop")
    if first("encoding") and not (o.score or o.prime_file):
        raise OptionError("--encoding is for the texts of --score and --prime-file; leave it out, or give one of them")
    if not o.dynamic and (other := first(*TUNING)):
        raise OptionError(f"{other} belongs to --dynamic; give both, or neither")
    if o.dynamic and not o.score:
        raise OptionError("--dynamic is a way to score a text; give --score FILE, too")
    if o.dynamic and o.model and len(o.model) > 1:
        raise OptionError(f"--dynamic is for one model, and {len(o.model)} are given; name one")
    return o
