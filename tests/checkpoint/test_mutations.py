"""Checkpoints that were damaged at random: each loads and has been checked, or raises CheckpointError."""

import pickle
import pickletools
import random

import pytest
from checkpoints import sealed, small_body, small_checkpoint

from minrnn import checkpoint
from minrnn.checkpoint import file
from minrnn.checkpoint.file import CheckpointError
from minrnn.checkpoint.pretrained import model_and_vocabulary

MUTATIONS = 100_000
KEPT = ("text", "cell", "hidden", "layers", "embed", "optimizer", "schedule", "batch_size", "seq_len", "shards", "lr")


def short_body(**given):
    """The pickle of a small checkpoint, with only the options that it needs."""
    saved = small_checkpoint(text="ab" * 40, hidden=2, steps=9, **given)
    saved["config"]["options"] = {name: saved["config"]["options"][name] for name in KEPT}
    return pickle.dumps(saved, protocol=4)


@pytest.fixture
def loads(monkeypatch):
    """A function: does a pickle with a correct footer load? Errors other than CheckpointError are not caught."""

    def attempt(body):
        monkeypatch.setattr(file, "body", lambda path: body)
        try:
            model_and_vocabulary(checkpoint.load("a.pkl"))
        except CheckpointError as error:
            assert len(str(error).splitlines()) == 1
            return False
        return True

    return attempt


def test_every_truncation_and_every_flipped_bit_of_a_file_is_noticed(tmp_path):
    path = tmp_path / "a.pkl"
    whole = sealed(short_body())
    path.write_bytes(whole)
    checkpoint.load(path)
    count = 0
    with open(path, "r+b", buffering=0) as file:
        for k in range(8 * len(whole)):
            file.seek(k // 8)
            file.write(bytes([whole[k // 8] ^ 1 << k % 8]))
            with pytest.raises(CheckpointError):
                checkpoint.load(path)
            file.seek(k // 8)
            file.write(whole[k // 8 : k // 8 + 1])
            count += 1
        checkpoint.load(path)
        for length in reversed(range(len(whole))):
            file.truncate(length)
            with pytest.raises(CheckpointError):
                checkpoint.load(path)
            count += 1
    print(f"{count} damaged files, all noticed")
    assert count == 9 * len(whole)


@pytest.mark.slow
def test_every_truncation_and_every_flipped_bit_with_a_correct_footer_loads_checked_or_not_at_all(loads):
    body = short_body()
    assert loads(body)
    cut = sum(loads(body[:k]) for k in range(len(body)))
    flipped = 0
    for k in range(8 * len(body)):
        damaged = bytearray(body)
        damaged[k // 8] ^= 1 << k % 8
        flipped += loads(bytes(damaged))
    print(f"{len(body)} truncations, {cut} loaded; {8 * len(body)} flipped bits, {flipped} loaded")
    assert cut == 0
    assert 0 < flipped < 8 * len(body) / 2  # a bit of a weight, or of the name of the text, may be another


def boundaries(body):
    """Where the opcodes of a pickle begin, and where it ends."""
    return [position for _, _, position in pickletools.genops(body)] + [len(body)]


def mutated(body, ends, rnd):
    """The body with one to three random changes."""
    for _ in range(rnd.choice((1, 1, 2, 3))):
        k, other = rnd.randrange(len(body)), rnd.randrange(len(body))
        length = rnd.choice((1, 1, 2, 4, 9, 40))
        kind = rnd.randrange(8)
        if kind == 0:
            body = body[:k] + rnd.randbytes(1) + body[k + 1 :]
        elif kind == 1:
            body = body[:k] + rnd.randbytes(length) + body[k + length :]
        elif kind == 2:
            body = body[:k] + rnd.randbytes(length) + body[k:]
        elif kind == 3:
            body = body[:k] + body[k + length :]
        elif kind == 4:
            body = body[:k] + body[other : other + length] + body[k:]
        elif kind == 5:
            body = body[:k] + bytes([rnd.choice((0, 1, 0x7F, 0x80, 0xFF))]) * length + body[k + length :]
        else:
            # Whole opcodes from one place (or one of all there are) to another, in place of others or between them.
            start, at = rnd.randrange(len(ends) - 1), rnd.randrange(len(ends) - 1)
            piece = body[ends[start] : ends[min(start + rnd.randrange(1, 5), len(ends) - 1)]]
            piece = rnd.choice((piece, piece, bytes([ord(rnd.choice(pickletools.opcodes).code)])))
            body = body[: ends[at]] + piece + body[ends[at + rnd.randrange(2)] :]
    return body


@pytest.mark.slow
def test_a_hundred_thousand_mutations_load_checked_or_not_at_all(loads):
    rnd = random.Random(20240229)
    givens = ({}, {"cell": "rnn", "optimizer": "sgd", "schedule": "plateau"}, {"cell": "bigru", "embed": 3})
    bodies = [short_body(**given) for given in givens]
    ends = [boundaries(body) for body in bodies]
    loaded = 0
    for k in range(MUTATIONS):
        loaded += loads(mutated(bodies[k % 3], ends[k % 3], rnd))
    print(f"{MUTATIONS} mutations, {loaded} loaded, all others refused")
    assert 0 < loaded < MUTATIONS / 2


def test_the_body_of_a_larger_checkpoint_may_be_cut_at_every_opcode(loads):
    body = small_body(layers=2, embed=5)
    assert loads(body)
    assert not any(loads(body[:end] + b".") for end in boundaries(body)[:-2])
