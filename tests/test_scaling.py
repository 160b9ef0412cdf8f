"""scaling: the weights do not depend on how many processes trained, nor on what happened to them."""

import gc
import signal
import socket
import subprocess
import sys
import time
import weakref

import psutil
import pytest
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import CosineAnnealingLR

from course_utils import DATA
from course_utils.gru import GRUTagger
from course_utils.hmm import STICKY, simulate
from course_utils.scaling import command, main, processes

OPTIONS = "--steps 160 --batch 12 --length 10 --hidden-size 8 --seed 3 --every 5".split()
ONE_MACHINE = ("--standalone", "--nproc_per_node", "2", "--max-restarts", "3")
by_torchrun = pytest.mark.skipif(sys.platform == "win32", reason="torchrun and SIGKILL as on Linux and macOS")


def weights(path):
    return torch.load(path, weights_only=True)["model"]


def distance(some, others):
    return max((some[name] - others[name]).abs().max().item() for name in others)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The weights after a run of one process from the first step to the last, and what it printed."""
    path, said = tmp_path_factory.mktemp("undisturbed") / "run.pt", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "print", said.append, raising=False)
        assert main([*OPTIONS, "--checkpoint", str(path)]) == 0
    return weights(path), said[0] + "\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


class Launched:
    """The command under torchrun. None of its processes outlives the test."""

    def __init__(self, path, *torchrun):
        start = [sys.executable, "-m", "torch.distributed.run", *torchrun, "-m", "course_utils.scaling"]
        pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process = subprocess.Popen([*start, *OPTIONS, "--checkpoint", str(path)], cwd=DATA.parent, **pipes)
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            for process in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
                process.kill()
        self.process.communicate(timeout=120)

    def kill_one(self, rank=None):
        """Once there is a checkpoint: the worker of this rank, or the only one."""
        deadline = time.monotonic() + 120
        while not self.path.exists():
            assert self.process.poll() is None and time.monotonic() < deadline, "no checkpoint"
            time.sleep(0.01)
        workers = psutil.Process(self.process.pid).children()
        next(worker for worker in workers if rank is None or worker.environ().get("RANK") == str(rank)).kill()

    def finish(self):
        out, error = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, error
        return out, error


@by_torchrun
def test_two_processes_of_which_one_is_killed_give_what_one_undisturbed_gives(path, undisturbed):
    with Launched(path, *ONE_MACHINE) as run:
        run.kill_one(rank=0)  # the one that writes
        out, error = run.finish()
    assert error.count("going on from step") == 1
    assert distance(weights(path), undisturbed[0]) < 1e-5
    assert out == undisturbed[1], "one line, from process 0 alone"
    assert list(path.parent.iterdir()) == [path], "nothing half-written is left"


@pytest.mark.slow
@by_torchrun
def test_two_torchruns_that_meet_over_a_port_and_a_process_killed_on_one_of_them(path, undisturbed, monkeypatch):
    """What two machines with a common disk do, on one."""
    monkeypatch.setenv("TORCH_DISABLE_SHARE_RDZV_TCP_STORE", "1")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        endpoint = f"localhost:{free.getsockname()[1]}"
    meet = "--nnodes 2 --nproc_per_node 1 --max-restarts 3 --rdzv-id course --rdzv-backend c10d --rdzv-endpoint".split()
    with Launched(path, *meet, endpoint) as one, Launched(path, *meet, endpoint) as other:
        other.kill_one()
        (out, error), (other_out, other_error) = one.finish(), other.finish()
    assert (error + other_error).count("going on from step") == 1  # said by process 0, wherever it came to be
    assert distance(weights(path), undisturbed[0]) < 1e-5
    assert out + other_out == undisturbed[1]


def test_a_run_that_goes_on_ends_as_if_it_had_never_stopped(path, undisturbed, monkeypatch, capsys):
    stop = 155  # inside an epoch

    def save_and_stop(*arguments):
        save(*arguments)
        if arguments[-1] == stop:
            raise KeyboardInterrupt

    save = processes.save
    with monkeypatch.context() as patch:
        patch.setattr(processes, "save", save_and_stop)
        assert main([*OPTIONS, "--checkpoint", str(path)]) == 130
    for line in (f"going on from step {stop}", "nothing left to do after step 160"):
        assert main([*OPTIONS, "--checkpoint", str(path)]) == 0
        out, error = capsys.readouterr()
        assert out == undisturbed[1] and error.endswith(f"run.pt: {line}\n")
        assert distance(weights(path), undisturbed[0]) < 1e-6


def test_the_training_is_adam_on_whole_batches_written_out_by_hand(undisturbed):
    """From the definition: shuffle with seed + epoch, clip, cosine."""
    symbols, states = map(torch.from_numpy, simulate(STICKY, 120, 10, 3))
    model = GRUTagger(hidden_size=8, seed=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    schedule = CosineAnnealingLR(optimizer, 160)
    for step in range(160):
        order = torch.randperm(120, generator=torch.Generator().manual_seed(3 + step // 10))
        rows = order[12 * (step % 10) :][:12]
        logits, _ = model(symbols[rows])
        loss = -logits.log_softmax(-1).gather(-1, states[rows][..., None]).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    assert distance(model.state_dict(), undisturbed[0]) < 1e-5


def test_the_printed_losses_are_near_each_other(capsys):
    assert main("--steps 60 --length 20 --hidden-size 8".split()) == 0
    loss, exact = (float(word.rstrip(",\n")) for word in capsys.readouterr().out.split() if word.startswith("0."))
    assert 0 < loss - exact < 0.01


def refused(capsys, *arguments):
    """The one line that a refused command prints."""
    assert main([*OPTIONS, *map(str, arguments)]) == 2 and not dist.is_initialized()
    out, error = capsys.readouterr()
    assert out == "" and error.startswith("error: ") and error.count("\n") == 1
    return error


@pytest.mark.parametrize("content", ["half", "text", "a program", "other options"])
def test_a_file_that_is_not_this_runs_checkpoint_is_refused_and_stays(path, capsys, content):
    if content == "text":
        path.write_text("hello\n" * 99)
    elif content == "a program":
        torch.save({"settings": {}, "step": print}, path)
    else:
        assert main([*OPTIONS[2:], "--steps", "5", "--checkpoint", str(path)]) == 0
        capsys.readouterr()
    if content == "half":
        path.write_bytes(path.read_bytes()[:3000])
    before = path.read_bytes()
    assert "run.pt is damaged, or was made with other options" in refused(capsys, "--checkpoint", path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--steps", 0, "steps must be from 1 to 1000000000; got 0"),
        ("--learning-rate", "nan", "learning_rate must be from 1e-09 to 1; got nan"),
        ("--checkpoint", "nowhere/run.pt", "nowhere is no folder, or not open to you"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_before_the_training(capsys, monkeypatch, option, value, message):
    monkeypatch.delattr(processes, "cross_entropy")
    assert message in refused(capsys, option, value)


def test_a_batch_that_cannot_be_shared_equally_is_refused(capsys, monkeypatch):
    monkeypatch.setattr(dist, "get_world_size", lambda *group: 5)
    assert "a batch of 12 cannot be shared equally by 5 processes" in refused(capsys)


@pytest.mark.parametrize("interrupted", [False, True])
def test_whoever_holds_on_to_the_group_is_gone_before_it(monkeypatch, interrupted):
    """Otherwise its last owner waits for the group's threads while these wait for Python: now and then, for ever."""
    alive, seen, leave = [], [], dist.destroy_process_group

    def wrapped(model):
        wrapper = DistributedDataParallel(model)
        alive.append(weakref.ref(wrapper))
        return wrapper

    def look_and_leave():
        seen.append([ref() is not None for ref in alive])
        leave()

    def interrupt(*_):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(processes, "DistributedDataParallel", wrapped)
    monkeypatch.setattr(dist, "destroy_process_group", look_and_leave)
    if interrupted:
        monkeypatch.setattr(processes, "cross_entropy", interrupt)
    gc.disable()  # nothing goes by chance
    try:
        assert main(["--steps", "2", "--batch", "4", "--length", "5"]) == (130 if interrupted else 0)
    finally:
        gc.enable()
    assert seen == [[False]]
