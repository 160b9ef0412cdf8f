"""A training that can be broken off: its settings, its state and its checkpoint (notebook 10)."""

import io
import math
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.distributed as dist
from torch.optim.lr_scheduler import CosineAnnealingLR

from course_utils.commands import one_line
from course_utils.files import read_bytes, refuse_target, write_whole
from course_utils.gru import GRUTagger
from course_utils.inputs import quoted, whole_number


def _setting(default, text: str):
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Settings:
    """What decides the weights, and so what a training that goes on must share with its checkpoint.

    Raises: ValueError naming the setting that is out of range.
    """

    steps: int = _setting(200, "steps in all; the learning rate falls to 0 along a cosine over them")
    batch: int = _setting(100, "sequences a step, all processes together")
    sequences: int = _setting(1000, "sequences simulated; an epoch takes each once")
    length: int = _setting(100, "positions of a sequence")
    hidden: int = _setting(16, "numbers in the hidden vector of the GRU")
    bidirectional: bool = _setting(False, "read both ways")
    learning_rate: float = _setting(0.02, "that of Adam, at the first step")
    seed: int = _setting(0, "decides the sequences, their order and the first weights")

    def __post_init__(self):
        for name, least in dict(steps=1, batch=1, length=1, hidden=1, seed=0).items():
            value, most = whole_number(name, getattr(self, name), least), 10_000 if name == "hidden" else 2**63 - 1
            if value > most:
                raise ValueError(f"{name} must be at most {most}; got {value}")
            object.__setattr__(self, name, value)  # a plain int, which a checkpoint can hold
        if self.sequences < self.batch:
            raise ValueError(f"sequences must fill a batch of {self.batch}; got {self.sequences}")
        if not 0 < self.learning_rate < 1000:
            raise ValueError(f"learning_rate must be a number above 0 and below 1000; got {quoted(self.learning_rate)}")


class Run:
    """A training under way: settings, model, optimizer, schedule, steps done, and the loss at the last checkpoint."""

    def __init__(self, settings: Settings, device: torch.device | str = "cpu"):
        self.settings, self.step, self.loss = settings, 0, math.nan
        model = GRUTagger(hidden_size=settings.hidden, bidirectional=settings.bidirectional, seed=settings.seed)
        self.model = model.to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.learning_rate)
        self.schedule = CosineAnnealingLR(self.optimizer, settings.steps)

    def state(self) -> dict:
        """All of it as numbers, for `restore`."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "schedule")}
        return {"settings": asdict(self.settings), "step": self.step, "loss": self.loss} | parts

    def restore(self, state: dict) -> None:
        """Go on from the state of a run with the same settings."""
        self.step, self.loss = state["step"], state["loss"]
        for name in ("model", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])


def save_run(run: Run, path: str | os.PathLike) -> None:
    """Write the run's state. The file appears whole or not at all.

    Raises: OSError if the folder is missing or cannot be written.
    """
    content = io.BytesIO()
    torch.save(run.state(), content)
    write_whole(path, content.getvalue())


def load_run(path: str | os.PathLike) -> Run:
    """The run that `save_run` wrote, on the CPU; its `.model` can be used. Reads numbers only: a file cannot run code.

    Raises: OSError if the file cannot be opened; ValueError saying what is wrong if it is damaged or something else.
    """
    data = read_bytes(path)
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        settings = Settings(**state["settings"])
        run = Run(settings)
        run.restore(state)
        if run.step not in range(settings.steps + 1) or not isinstance(run.loss, float):
            raise ValueError(f"step {quoted(run.step)} of {settings.steps}, loss {quoted(run.loss)}")
    except Exception as error:  # what stands in a file of unknown origin can fail in any way
        raise ValueError(f"{path} is not the checkpoint of a run: {one_line(error)}") from None
    return run


def resume(run: Run, checkpoint: Path) -> bool:
    """Bring the run, in every process, to the state in the checkpoint. False if there is no checkpoint yet.

    Process 0 reads and tells the others: over a network, two readers could find two different files.
    Raises, the same in every process: OSError or ValueError if it cannot be read, was made with other settings, or
    cannot be written there.
    """
    found = [None]
    if dist.get_rank() == 0:
        try:
            found = [_look_for(checkpoint, run.settings)]
        except (OSError, ValueError) as error:
            found = [error]
    dist.broadcast_object_list(found)
    (state,) = found
    if isinstance(state, Exception):
        raise state
    if state is not None:
        run.restore(state)
    return state is not None


def _look_for(checkpoint: Path, settings: Settings) -> dict | None:
    refuse_target(checkpoint)  # before the training, not after it
    if not checkpoint.exists():
        return None
    state = load_run(checkpoint).state()
    new = asdict(settings)
    different = [f"{name} {old}, not {new[name]}" for name, old in state["settings"].items() if old != new[name]]
    if different:
        raise ValueError(f"{checkpoint} was made with other settings: {'; '.join(different)}")
    return state
