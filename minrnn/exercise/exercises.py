"""The list of all exercises, in the order in which they are easiest."""

from dataclasses import dataclass

from .task import Slip, Task, answers, blanked, marked, solution, with_slips
from .tasks_batches import BATCHES, BOTH_WAYS, SHARDS, WINDOWS
from .tasks_cells import LSTM, RNN
from .tasks_gru import GRU_AFTER, GRU_BEFORE
from .tasks_large import NESTEROV, TBPTT
from .tasks_layers import DROPOUT, LAYER_NORM
from .tasks_mgu import MGU
from .tasks_symbols import EMBEDDING, SOFTMAX, TIED
from .tasks_updates import ADAM, CLIP

TASK = "Your task:"
BUG = f"""{TASK} this code has one mistake, in one line or a few. It runs, and its result is wrong. Find and mend it."""
COMMAND = "python -m minrnn.exercise"


@dataclass(frozen=True)
class Exercise:
    """`bug` is the mistake to find, or None where something is to be written."""

    name: str
    task: Task
    bug: Slip | None = None

    @property
    def title(self) -> str:
        """One line for the list."""
        title = marked(self.task.source).split("\n")[0].removeprefix('"""').removesuffix(".")
        return title.partition(":")[0] if self.bug else title

    @property
    def text(self) -> str:
        """What the student reads: the first lines of the stub."""
        return self.stub.split('"""')[1].strip()

    @property
    def stub(self) -> str:
        """The file that the student gets."""
        code = with_slips(self.task.source, self.bug) if self.bug else blanked(self.task.source)
        _, text, rest = code.split('"""', 2)
        if self.bug:
            text = f"{text.partition(TASK)[0].rstrip()}\n\n{BUG}\n"
        return f'"""{text}\nTo check: {COMMAND} {self.name} --check\n"""{rest}'

    @property
    def hints(self) -> tuple[str, ...]:
        """What `--hint` says, one after the other."""
        if not self.bug:
            return self.task.hints
        if not answers(self.task.source):  # The hints are about a bug.
            return (*self.task.hints, self.bug.hint)
        right, wrong = (
            text.splitlines() for text in (solution(self.task.source), with_slips(self.task.source, self.bug))
        )
        line = next(line for line, other in zip(wrong, right) if line != other)
        return f"look at this line: {line.strip()}", self.bug.hint


EQUATIONS = (SOFTMAX, EMBEDDING, DROPOUT, CLIP, ADAM, RNN, LAYER_NORM, TIED, LSTM, GRU_AFTER, GRU_BEFORE)
LARGE = (TBPTT, MGU, NESTEROV)
# The tasks whose known mistakes from the museum are to be found, easy ones first.
BUGS = (WINDOWS, DROPOUT, EMBEDDING, SOFTMAX, CLIP, SHARDS, BATCHES, BOTH_WAYS, ADAM, RNN, LAYER_NORM, LSTM, GRU_AFTER,
        GRU_BEFORE)  # fmt: skip

GROUPS = {
    "write an equation": [Exercise(task.source, task) for task in EQUATIONS],
    "find the bug": [
        Exercise(f"bug_{number}", task, slip)
        for number, (task, slip) in enumerate({s.museum: (t, s) for t in BUGS for s in t.slips if s.museum}.values(), 1)
    ],
    "write all of it": [Exercise(task.source, task) for task in LARGE],
}
EXERCISES = {exercise.name: exercise for group in GROUPS.values() for exercise in group}
