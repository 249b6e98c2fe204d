"""Every exhibit of the bug museum gets its own diagnosis, or the table says why no check here can see it."""

import os
import shlex
import subprocess
import sys

import pytest

from benchmarks.exhibits import copy_tree, exhibits, spoil

CELL = "python -m minrnn.gradcheck --cell "
PARTS = "parts"  # what `python -m minrnn.gradcheck` checks besides cells
LOOP = "the loop of training: no gradient is wrong; tests/training looks at whole updates"
# {exhibit: (command, what is said)}, or why nothing is said.
SAYS = {
    "forgotten-dh-next": (CELL + "lstm", "what comes back from step t+1 in h is ignored: dh_next is dropped"),
    "forgotten-dc-next": (CELL + "lstm", "what comes back from step t+1 in c is ignored: dc_next is dropped"),
    "past-the-forget-gate": (CELL + "lstm", "dc_next: the factor f is missing"),
    "sigmoid-of-a-sigmoid": (CELL + "lstm", "block f of dWx, dWh and db: the sigmoid of a sigmoid"),
    "tanh-of-a-tanh": (CELL + "rnn", "dWx, dWh and db: the tanh of a tanh: its slope is taken at h"),
    "one-step-off": (CELL + "rnn", "dWh is made with h[t] where h[t-1] belongs"),
    "not-transposed": (CELL + "rnn", "dh_next is right with the transpose: Wh stands where Wh^T belongs"),
    "dx-without-the-future": (CELL + "rnn", "dx: the share from later steps (dh_next) is missing"),
    "no-direct-path": (CELL + "gru", "dh_next lacks a direct share, one that goes through no matrix, dh times z"),
    "no-reset-path": (CELL + "gru --gru-reset before", "dh_next lacks the share that comes back through Wh_n^T"),
    "layer-norm-without-means": (CELL + "lnlstm", "behind a normalisation a gradient sums to zero over the units"),
    "last-one-wins": (CELL + "lstm", "only rows of symbols that occur more than once are wrong"),
    "detached-state": (CELL + "lstm", "all zeros: the gradient of the initial h and the gradient of the initial c"),
    "forgetful-between-batches": LOOP,
    "last-step-only": (CELL + "lstm", "the loss is over all 3 steps, but only that of step 2 has a gradient"),
    "sum-not-mean": (CELL + "lstm", "the gradient that comes from the loss is T N = 12 times too large"),
    "round-the-window": (PARTS, "the last target of a row is its first input"),
    "dropout-one-way": (CELL + "lstm --layers 2 --dropout 0.5", "right without --dropout, wrong with it"),
    "reversed-batch": (CELL + "bigru", "a prediction depends on another sequence of the batch"),
    "not-reversed": (CELL + "bigru", "a prediction depends on the symbol that it predicts"),
    "clipped-one-by-one": LOOP,
    "clipped-before-the-sum": LOOP,
    "uncorrected-adam": (PARTS, "adam: the corrections 1 / (1 - beta^t) of the two averages are missing"),
    "swapped-betas": (PARTS, "adam: beta1 and beta2 have changed places"),
}
SEEN = {name: row for name, row in SAYS.items() if row is not LOOP}
EXHIBITS = {e.name: e for e in exhibits()}


def test_every_exhibit_is_in_the_table_and_at_least_twenty_get_a_diagnosis_of_their_own():
    assert SAYS.keys() == EXHIBITS.keys()
    assert len({says for _, says in SEEN.values()}) == len(SEEN) >= 20


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEN)
def test_an_exhibit_gets_its_own_diagnosis(name, tmp_path):
    command, says = SEEN[name]
    folder = copy_tree(tmp_path / "wrong")
    spoil(folder, EXHIBITS[name])
    arguments = shlex.split(command)[1:]
    if command == PARTS:
        arguments = ["-c", "from minrnn.gradcheck.training_parts import check_parts; print(*check_parts()[1])"]
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = [line for line in result.stdout.splitlines() if line.startswith("DIAGNOSIS: ") or command == PARTS]
    assert len(said) == 1 and says in said[0], result.stdout + result.stderr
    others = [other for _, other in SEEN.values() if other != says]
    assert not any(other in said[0] for other in others)
