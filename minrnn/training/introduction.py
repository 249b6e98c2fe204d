"""What a person wants to know of a run before it begins."""

from ..system.wording import advice, cell_label, plural
from .run import Run


def introduction(run: Run) -> str:
    """The text, the model and the batches, in a line each."""
    m, o, s = run.model.config, run.options, run.streams
    inputs = f"embedding {m['embed']}" if m["embed"] else "one-hot input"
    weights, asked = run.model.params.size, (o["batch_size"], o["seq_len"])
    shrunk = f" (the text cannot fill {asked[0]} x {asked[1]})" if (s.N, s.T) != asked else ""
    beat = [run.baseline.in_words(run.corpus.vocabulary.headline)] if run.baseline else []
    return "\n".join(
        [
            *run.corpus.introduction(),
            *beat,
            *start(run),
            f"model: {cell_label(m['cell'])} {m['layers']} x {m['hidden']}, {inputs}, {plural(weights, 'parameter')}",
            f"advice: {advice(weights, len(run.corpus.train))}",
            f"batch: {s.N} rows of {s.T}{shrunk}, {plural(s.steps_per_epoch, 'step')} an epoch,"
            f" {plural(run.shard_count, 'shard')} on {run.hands}",
            *run.rereading.introduction(),
            *softmax(run),
            *run.held_out.introduction(),
        ]
    )


def softmax(run: Run) -> list[str]:
    """A line on the sampled softmax, if there is one."""
    if run.sampler is None:
        return []
    V, share = len(run.corpus.vocabulary), run.options["sampled_share"]
    return [
        f"softmax: for {share:.0%} of the run over the symbols of a batch and about {run.sampler.K} more, not all {V}; "
        "the training loss is an estimate meanwhile (--sampled-softmax 0: over all)"
    ]


def start(run: Run) -> list[str]:
    """A line on the model that a new run starts from, if it does."""
    if run.known is None:
        return []
    vocabulary = run.corpus.vocabulary
    new = [vocabulary.label(k) for k in range(run.known, len(vocabulary))]
    shown = " ".join(map(repr, new[:10])) + (" ..." if len(new) > 10 else "")
    more = f" and {plural(len(new), 'new one')}: {shown}" if new else ", none of them new"
    return [f"start: {run.options['init_from']}, with its {plural(run.known, 'symbol')}{more}"]
