"""Small real checkpoints, as bytes and as dicts, and correct footers for any bytes."""

import hashlib
import tempfile
from functools import cache
from pathlib import Path

from minrnn import checkpoint
from minrnn.checkpoint import file
from minrnn.options.resolve import resolve
from minrnn.training.run import Run


@cache
def small_body(text="abcde fghij\n" * 40, steps_done=2, **given):
    """The pickle of a run after two steps, without its footer. Takes any options."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "text.txt").write_text(text)
        sizes = dict(hidden=3, layers=1, batch_size=4, seq_len=5, steps=9, shards=2, threads=1)
        run = Run(resolve({"text": [str(folder / "text.txt")], **sizes, **given}))
        for _ in range(steps_done):
            run.train_step()
        run.save(folder / "a.pkl")
        return (folder / "a.pkl").read_bytes()[: -file.FOOTER.size]


def small_checkpoint(**given):
    """The same as `load` returns it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pkl"
        path.write_bytes(sealed(small_body(**given)))
        return checkpoint.load(path)


def sealed(body):
    """A file with this body and a correct footer."""
    return body + file.FOOTER.pack(file.MARK, len(body), hashlib.sha256(body).digest())
