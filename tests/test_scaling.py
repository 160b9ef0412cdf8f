"""scaling: the weights do not depend on how many processes trained, nor on what happened to them."""

import copy
import itertools
import math
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
from course_utils.scaling import batches, exact_loss, main, processes, step_time
from course_utils.scaling.runs import Run, Settings, load_run, save_run
from course_utils.training import save_checkpoint

SETTINGS = Settings(steps=160, batch=12, sequences=33, length=10, hidden=8, seed=3)
OPTIONS = "--steps 160 --batch 12 --sequences 33 --length 10 --hidden 8 --seed 3 --every 5 --device cpu".split()
RESULT = "160 steps, final loss {:.4f}; the exact filter's 0.6030 on new sequences; 1920 sequences seen\n"
by_torchrun = pytest.mark.skipif(sys.platform == "win32", reason="torchrun and SIGKILL as on Linux and macOS")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The run that one process makes from the first step to the last."""
    path = tmp_path_factory.mktemp("undisturbed") / "run.pt"
    assert main([*OPTIONS, "--checkpoint", str(path)]) == 0
    return load_run(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


def distance(run, other):
    return max(
        (a - b).abs().max().item() for a, b in zip(run.model.parameters(), other.model.parameters(), strict=True)
    )


class Launched:
    """A command in processes of its own, none of which outlives the test."""

    def __init__(self, *options, torchrun=("--standalone", "--nproc_per_node", "2")):
        launcher = ["-m", "torch.distributed.run", *torchrun] if torchrun else []
        command = [sys.executable, *launcher, "-m", "course_utils.scaling", *OPTIONS, *map(str, options)]
        pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # a child that inherits "ignore" would not hear Ctrl-C
        self.process = subprocess.Popen(command, cwd=DATA.parent, **pipes)
        signal.signal(signal.SIGINT, before)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            for process in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
                process.kill()
        self.process.communicate(timeout=120)  # not for ever: a grandchild could hold the pipes

    def wait_for(self, path):
        deadline = time.monotonic() + 120
        while not path.exists():
            assert self.process.poll() is None and time.monotonic() < deadline, "no checkpoint"
            time.sleep(0.01)

    def worker(self, rank):
        return next(p for p in psutil.Process(self.process.pid).children() if p.environ().get("RANK") == str(rank))

    def only_worker(self):
        (worker,) = psutil.Process(self.process.pid).children()
        return worker

    def finish(self):
        """Exit status, stdout and stderr."""
        out, error = self.process.communicate(timeout=120)
        return self.process.returncode, out, error


@by_torchrun
def test_two_processes_give_what_one_gives(path, undisturbed):
    with Launched("--checkpoint", path) as run:
        status, out, error = run.finish()
    assert status == 0, error
    assert distance(load_run(path), undisturbed) < 1e-5
    assert out == RESULT.format(undisturbed.loss), "one line, from process 0 alone"
    assert list(path.parent.iterdir()) == [path]


@by_torchrun
def test_a_killed_process_costs_nothing_but_the_steps_since_the_checkpoint(path, undisturbed):
    with Launched(
        "--checkpoint", path, torchrun=("--standalone", "--nproc_per_node", "2", "--max-restarts", "3")
    ) as run:
        run.wait_for(path)
        run.worker(rank=0).kill()  # the one that writes
        status, out, error = run.finish()
    assert status == 0, error
    assert error.count("going on from step") == 1
    assert distance(load_run(path), undisturbed) < 1e-5
    assert out == RESULT.format(undisturbed.loss)
    assert list(path.parent.iterdir()) == [path]


@by_torchrun
def test_two_torchruns_that_meet_over_a_port_and_a_process_killed_on_one_of_them(path, undisturbed, monkeypatch):
    """What two machines with a common disk do, on one."""
    monkeypatch.setenv("TORCH_DISABLE_SHARE_RDZV_TCP_STORE", "1")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        endpoint = f"localhost:{free.getsockname()[1]}"
    meet = ("--nnodes", "2", "--nproc_per_node", "1", "--max-restarts", "3")
    meet += ("--rdzv-id", "course", "--rdzv-backend", "c10d", "--rdzv-endpoint", endpoint)
    with Launched("--checkpoint", path, torchrun=meet) as one, Launched("--checkpoint", path, torchrun=meet) as other:
        one.wait_for(path)
        other.only_worker().kill()
        (status, out, error), (other_status, other_out, other_error) = one.finish(), other.finish()
    assert (status, other_status) == (0, 0), error + other_error
    assert (error + other_error).count("going on from step") == 1  # said by process 0, wherever it came to be
    assert distance(load_run(path), undisturbed) < 1e-5
    assert out + other_out == RESULT.format(undisturbed.loss)
    assert list(path.parent.iterdir()) == [path]


@by_torchrun
def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(path, undisturbed, capsys):
    with Launched("--checkpoint", path, torchrun=()) as run:
        run.wait_for(path)
        run.process.send_signal(signal.SIGINT)
        status, out, error = run.finish()
    assert (status, out) == (130, "") and error.startswith("interrupted") and error.count("\n") == 1
    assert main([*OPTIONS, "--checkpoint", str(path)]) == 0
    assert "going on from step" in capsys.readouterr().err
    assert distance(load_run(path), undisturbed) < 1e-6


@by_torchrun
def test_a_batch_that_two_processes_cannot_share_is_refused():
    with Launched("--batch", 11) as run:
        status, out, error = run.finish()
    assert (status, out) == (1, "") and "exitcode: 2" in error.replace(" ", "").replace(":", ": ")
    assert error.count("error: a batch of 11 cannot be dealt out to 2 processes: take a multiple of 2") == 1


@pytest.mark.parametrize("stop", [5, 10, 155])  # an epoch has two batches: 5 and 155 lie inside one
def test_a_run_that_goes_on_ends_as_if_it_had_never_stopped(path, undisturbed, monkeypatch, stop):
    def save_and_stop(run, path):
        save_run(run, path)
        if run.step == stop:
            raise KeyboardInterrupt

    arguments = [*OPTIONS, "--checkpoint", str(path)]
    with monkeypatch.context() as patch:
        patch.setattr(processes, "save_run", save_and_stop)
        assert main(arguments) == 130 and not dist.is_initialized()
    assert load_run(path).step == stop
    assert main(arguments) == 0
    assert distance(load_run(path), undisturbed) < 1e-6
    assert list(path.parent.iterdir()) == [path]


def test_a_finished_run_is_left_as_it_is(path, undisturbed, capsys):
    save_run(undisturbed, path)
    assert main([*OPTIONS, "--checkpoint", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out == RESULT.format(undisturbed.loss)
    assert said.err == f"nothing left to do: all 160 steps are done in {path}\n"
    assert distance(load_run(path), undisturbed) == 0


def test_the_training_is_adam_on_whole_batches_written_out_by_hand(undisturbed):
    """From the definition: shuffle with seed + epoch, leave out the incomplete batch, clip, cosine."""
    symbols, states = map(torch.from_numpy, simulate(STICKY, 33, 10, 3))
    model = GRUTagger(hidden_size=8, seed=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    schedule = CosineAnnealingLR(optimizer, 160)
    for step in range(160):
        order = torch.randperm(33, generator=torch.Generator().manual_seed(3 + step // 2))
        rows = order[12 * (step % 2) :][:12]
        logits, _ = model(symbols[rows])
        loss = -logits.log_softmax(-1).gather(-1, states[rows][..., None]).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    assert (
        max((a - b).abs().max() for a, b in zip(model.parameters(), undisturbed.model.parameters(), strict=True)) < 1e-5
    )
    assert undisturbed.loss == pytest.approx(loss.item(), abs=1e-5)


@pytest.fixture
def as_process(monkeypatch):
    """as_process(rank, n): the first steps' parts of the batches, as that process would see them."""

    def see(rank, n, settings=SETTINGS, step=0):
        monkeypatch.setattr(dist, "get_rank", lambda *group: rank)
        monkeypatch.setattr(dist, "get_world_size", lambda *group: n)
        return list(itertools.islice(batches(settings, step), 7))

    return see


@pytest.mark.parametrize("n", [2, 3, 4, 6, 12])
def test_the_parts_of_all_processes_make_the_batch_of_one(as_process, n):
    whole, parts = as_process(0, 1), [as_process(rank, n) for rank in range(n)]
    for (x, y), *pieces in zip(whole, *parts, strict=True):
        assert x.shape == y.shape == (12, 10) and all(part.shape == (12 // n, 10) for part, _ in pieces)
        rows = [
            [*zip(a.tolist(), b.tolist(), strict=True)] for a, b in [(x, y), map(torch.cat, zip(*pieces, strict=True))]
        ]
        assert sorted(rows[0]) == sorted(rows[1])


@pytest.mark.parametrize("step", [1, 2, 5])
def test_a_step_has_its_batch_wherever_the_run_began(as_process, step):
    for early, late in zip(as_process(1, 2)[step:], as_process(1, 2, step=step), strict=False):
        assert torch.equal(early[0], late[0]) and torch.equal(early[1], late[1])


def test_an_epoch_takes_no_sequence_twice_and_the_next_another_order(as_process):
    settings = Settings(batch=12, sequences=36, length=40)
    x = [x for x, _ in as_process(0, 1, settings)]
    epochs = torch.cat(x[:3]).tolist(), torch.cat(x[3:6]).tolist()
    assert len(set(map(tuple, epochs[0]))) == 36 and sorted(epochs[0]) == sorted(epochs[1]) and epochs[0] != epochs[1]


def test_a_batch_without_equal_parts_is_refused(as_process):
    with pytest.raises(ValueError, match="a batch of 12 cannot be dealt out to 5 processes: take a multiple of 5"):
        as_process(0, 5)


def refused(capsys, *arguments):
    """The one line that a refused command prints."""
    assert main([*OPTIONS, *map(str, arguments)]) == 2 and not dist.is_initialized()
    out, error = capsys.readouterr()
    assert out == "" and error.startswith("error: ") and error.count("\n") == 1
    return error


def test_other_settings_are_named(path, undisturbed, capsys):
    save_run(undisturbed, path)
    error = refused(capsys, "--checkpoint", path, "--batch", 6, "--bidirectional")
    assert "run.pt was made with other settings: batch 12, not 6; bidirectional False, not True" in error


@pytest.mark.parametrize("damage", ["half", "one bit", "empty", "text", "another checkpoint", "other keys", "a folder"])
def test_a_damaged_checkpoint_is_refused_and_stays(path, undisturbed, capsys, damage):
    save_run(undisturbed, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    contents = {"half": content[: len(content) // 2], "one bit": content, "empty": b"", "text": b"hello\n" * 99}
    if damage in contents:
        path.write_bytes(contents[damage])
    elif damage == "another checkpoint":
        save_checkpoint(GRUTagger(seed=0), path)
    elif damage == "other keys":
        torch.save(undisturbed.state() | {"settings": {"steps": 1, "speed": 2}}, path)
    else:
        path.unlink()
        path.mkdir()
    before = path.is_dir() or path.read_bytes()
    reason = refused(capsys, "--checkpoint", path).partition("run.pt")[2]
    assert reason.startswith((" is damaged or not", " is not the checkpoint of a run", " is not a file"))
    assert before == (path.is_dir() or path.read_bytes()) and list(path.parent.iterdir()) == [path]


def test_a_checkpoint_gives_numbers_and_nothing_that_runs(path):
    torch.save({"settings": {}, "step": print}, path)
    with pytest.raises(ValueError, match=r"run\.pt is damaged or not a checkpoint"):
        load_run(path)


def test_a_run_comes_back_with_everything(path, undisturbed):
    save_run(undisturbed, path)
    again = load_run(path)
    assert type(again) is Run and (again.settings, again.step, again.loss) == (SETTINGS, 160, undisturbed.loss)
    assert again.schedule.state_dict() == undisturbed.schedule.state_dict()
    ours, theirs = again.optimizer.state_dict()["state"], undisturbed.optimizer.state_dict()["state"]
    assert all(torch.equal(ours[i][name], theirs[i][name]) for i in theirs for name in theirs[i])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--steps", 0], "steps must be a whole number of at least 1; got 0"),
        (["--seed", -1], "seed must be a whole number of at least 0; got -1"),
        (["--batch", 34], "sequences must fill a batch of 34; got 33"),
        (["--learning-rate", "nan"], "learning_rate must be a number above 0 and below 1000; got nan"),
        (["--learning-rate", "1e300"], "learning_rate must be a number above 0 and below 1000; got 1e+300"),
        (["--every", 0], "every must be a whole number of at least 1; got 0"),
        (["--checkpoint", "nowhere/run.pt"], "nowhere is no folder, or not open to you"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(capsys, arguments, message):
    assert message in refused(capsys, *arguments)


def test_a_loss_that_is_not_a_number_ends_the_run_before_it_is_saved(path, monkeypatch, capsys):
    monkeypatch.setattr(processes, "cross_entropy", lambda logits, y: logits.sum() * math.nan)
    assert "the loss became nan by step 5: lower the learning rate" in refused(capsys, "--checkpoint", path)
    assert not path.exists()


def interrupted(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("broken", "status"),
    [(None, 0), (("cross_entropy", lambda logits, y: logits.sum() * math.nan), 2),
     (("cross_entropy", interrupted), 130),
     (("GRUTagger.forward", interrupted), 130)],
)  # fmt: skip
def test_whoever_holds_on_to_the_group_is_gone_before_it(monkeypatch, broken, status):
    """Otherwise its last owner waits for the group's threads while these wait for Python: now and then, for ever."""
    alive, seen, leave = [], [], processes.dist.destroy_process_group

    def wrapped(model):
        wrapper = DistributedDataParallel(model)
        alive.append(weakref.ref(wrapper))
        return wrapper

    def count_and_leave():
        seen.append([ref() is not None for ref in alive])
        leave()

    if broken:
        monkeypatch.setattr(f"course_utils.{'gru' if '.' in broken[0] else 'scaling.processes'}.{broken[0]}", broken[1])
    monkeypatch.setattr(processes, "DistributedDataParallel", wrapped)
    monkeypatch.setattr(processes.dist, "destroy_process_group", count_and_leave)
    assert main(OPTIONS) == status and seen == [[False]]


def test_every_process_needs_a_gpu_of_its_own(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert "no cuda:1: every process needs a GPU, and there are 1" in refused(capsys, "--device", "cuda")


def test_the_exact_loss_of_one_letter_is_that_of_bayes_rule_and_more_letters_make_it_smaller():
    one_letter = -(0.6 * math.log(0.6) + 0.4 * math.log(0.4))
    assert exact_loss(1, False) == exact_loss(1, True) == pytest.approx(one_letter, abs=0.001)
    assert exact_loss(100, True) < exact_loss(100, False) < one_letter


def test_a_run_whose_weights_are_nan_is_refused(path, undisturbed, capsys):
    state = copy.deepcopy(undisturbed.state())
    state["model"]["linear.bias"][0] = math.nan
    torch.save(state, path)
    assert "run.pt: some weights are not finite numbers" in refused(capsys, "--checkpoint", path)


@pytest.mark.parametrize("key", ["step", "loss"])
def test_a_run_with_lists_in_lists_where_a_number_belongs_is_refused_at_once(path, undisturbed, key):
    doubling = []
    for _ in range(60):  # written out, it would be longer than any disk
        doubling = [doubling, doubling]
    torch.save(undisturbed.state() | {key: doubling}, path)
    with pytest.raises(ValueError, match=r"run\.pt is not the checkpoint of a run: step .*\.\.\."):
        load_run(path)


@pytest.mark.parametrize("progress", [True, False])
def test_the_bar_is_for_terminals_and_those_who_ask(capsys, progress):
    assert main([*OPTIONS, "--steps", "5", *["--progress"] * progress]) == 0
    assert ("5/5" in capsys.readouterr().err) == progress


@pytest.mark.parametrize(
    "n, expected",
    [
        (1, 0.8),  # nobody to talk to
        (2, 0.4 + 2 * (4000 / 2 / 1e6 + 0.001)),
        (4, 0.2 + 6 * (4000 / 4 / 1e6 + 0.001)),
        (800, 0.001 + 1598 * (5 / 1e6 + 0.001)),  # latency has eaten everything
    ],
)
def test_step_time_is_compute_and_a_ring(n, expected):
    assert step_time(n, 0.8, 1000, 1e6, 0.001) == pytest.approx(expected, rel=1e-12)


def test_free_communication_makes_n_workers_n_times_as_fast():
    assert step_time(8, 0.8, 10**9, math.inf, 0) == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["n_workers", "compute_s", "n_parameters", "bandwidth_bytes_per_s", "latency_s"])
@pytest.mark.parametrize("value", [-1, math.nan])
def test_step_time_names_what_is_out_of_range(name, value):
    arguments = dict(n_workers=2, compute_s=0.8, n_parameters=1000, bandwidth_bytes_per_s=1e6, latency_s=0.001)
    with pytest.raises(ValueError, match=f"{name} must be at least .; got {value}"):
        step_time(**arguments | {name: value})
