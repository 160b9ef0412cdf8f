"""Whatever comes in from outside, and whatever number stands at an edge: a result that is right, or a clear refusal.

What other files test by hand-picked examples is tried here on thousands of generated ones.
"""

import contextlib
import copy
import gzip
import importlib.util
import io
import itertools
import json
import logging
import math
import os
import pickle
import random
import struct
import subprocess
import sys
import time
import zipfile
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_utils import doctor, evaluation, genome, progress, scaling
from course_utils.datasets import COLUMNS, make_loader, read_sequences, write_sequences
from course_utils.encoding import decode
from course_utils.genome import segments
from course_utils.gru import GRUTagger
from course_utils.hmm import (
    HMM,
    STICKY,
    TOY,
    baum_welch_step,
    filter_probabilities,
    fit,
    log_likelihood,
    lookup_probabilities,
    path_log_probability,
    simulate,
    smoother_probabilities,
    viterbi,
)
from course_utils.prediction import compare_tracks, predict
from course_utils.scaling.runs import Run, Settings, load_run
from course_utils.training import evaluate, load_checkpoint, save_checkpoint

ROOT = Path(__file__).resolve().parent.parent
strict = pytest.mark.filterwarnings("error")  # a division by zero is a fault, also where the number looks right
on_posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and SIGKILL as on Linux and macOS")


def fuzz(n: int) -> settings:
    return settings(max_examples=n, deadline=None, suppress_health_check=list(HealthCheck))


def damaged(content: bytes, n: int, seed: int = 0):
    """n copies of content with a few bits changed, bytes put in, a piece cut out or repeated, or the end cut off."""
    draw = random.Random(seed)
    for i in range(n):
        b = bytearray(content)
        for _ in range(draw.choice([1, 1, 1, 2, 5])):
            at, to = sorted(draw.randrange(len(b) + 1) for _ in range(2))
            match draw.randrange(6) if len(b) else 1:
                case 0 | 5:
                    b[min(at, len(b) - 1)] ^= 1 << draw.randrange(8)
                case 1:
                    b[at:at] = draw.randbytes(draw.choice([1, 2, 40]))
                case 2:
                    del b[at : min(to, at + 50)]
                case 3:
                    b[at:at] = b[at : min(to, at + 200)]
                case 4 if i % 3 == 0:
                    del b[at:]
        yield bytes(b)


# --- tables of sequences

HEADER = b"dna\thidden_state\n"
TABLE = HEADER + b"".join(b"%s\t%s\n" % (b"ACGT" * n, b"HLLH" * n) for n in (1, 3, 9))
PIECES = [b"dna", b"hidden_state", b"A", b"ac", b"GT", b"H", b"hl", b"L", b"\t", b"\n", b"\r\n", b"\r", b" ", b"N", b""]
PIECES += [b"\xef\xbb\xbf", b"\0", b"\xff", b"\x1f\x8b", "\u2028\x85ſßÅ".encode(), HEADER, b"ACGT\tHLHL\n"]
TABLES = (
    st.binary(max_size=60)
    | st.binary(max_size=60).map(lambda rest: HEADER + rest)
    | st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join)
    | st.lists(st.sampled_from(PIECES), max_size=8).map(lambda parts: HEADER + b"".join(parts))
)


def read_or_refuse(content: bytes, path: Path) -> bool:
    """Was it read? Then what came out keeps its promises, and comes back from a file of its own."""
    path.write_bytes(content)
    try:
        frame = read_sequences(path)
    except (ValueError, OSError) as error:
        assert path.name in str(error) and str(error).isprintable()
        return False
    assert list(frame.columns) == COLUMNS and len(frame)
    for dna, states in frame.to_numpy():
        assert len(dna) == len(states) > 0 and set(dna) <= set("ACGT") and set(states) <= set("HL")
    write_sequences(frame, path)
    pd.testing.assert_frame_equal(read_sequences(path), frame)
    return True


@fuzz(500)
@given(TABLES, st.booleans())
def test_any_bytes_are_a_good_table_or_refused_by_name(tmp_path_factory, content, packed):
    read_or_refuse(gzip.compress(content) if packed else content, tmp_path_factory.getbasetemp() / "any.tsv")


@pytest.mark.parametrize("content", [TABLE, gzip.compress(TABLE)], ids=["plain", "gzip"])
def test_a_table_damaged_in_any_way_is_still_a_good_one_or_refused_by_name(tmp_path, content):
    read = [read_or_refuse(bad, tmp_path / "bad.tsv") for bad in damaged(content, 700)]
    assert 0 < sum(read) < 500


# --- checkpoints

LOADERS = {"model": load_checkpoint, "run": load_run}
SETTINGS = Settings(steps=10, batch=2, sequences=4, length=5, hidden=3)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes and the content of a checkpoint of each kind."""
    folder = tmp_path_factory.mktemp("saved")
    save_checkpoint(GRUTagger(seed=0), folder / "model")
    with scaling.process_group("cpu") as device:
        run = Run(SETTINGS, device)
        scaling.train(run, device, folder / "run")
    return {kind: ((folder / kind).read_bytes(), torch.load(folder / kind)) for kind in LOADERS}


def load_or_refuse(load, content: bytes, path: Path) -> GRUTagger | Run | None:
    """What was loaded, or None. In either case it takes little time, and says at most one line with the file's name."""
    path.write_bytes(content)
    start = time.process_time()
    try:
        return load(path)
    except (ValueError, OSError) as error:
        assert path.name in str(error) and str(error).isprintable() and len(str(error)) < 500 + len(str(path))
    finally:
        assert time.process_time() - start < 2
    return None


@pytest.mark.parametrize("kind", LOADERS)
def test_a_checkpoint_damaged_in_any_way_is_refused_or_unharmed(saved, tmp_path, kind):
    content, state = saved[kind]
    n_refused = 0
    for bad in itertools.chain(damaged(content, 300), (content[: n * len(content) // 50] for n in range(50))):
        loaded = load_or_refuse(LOADERS[kind], bad, tmp_path / "bad.pt")
        n_refused += loaded is None
        if loaded is not None:
            found = (loaded if kind == "model" else loaded.model).state_dict()
            assert all(
                torch.equal(found[name], w) for name, w in state["weights" if kind == "model" else "model"].items()
            )
    assert n_refused > 200


@pytest.mark.parametrize("kind", LOADERS)
@fuzz(150)
@given(
    content=st.binary(max_size=200), start=st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x80\2", b"\x1f\x8b", b"}."])
)
def test_any_bytes_are_no_checkpoint(tmp_path_factory, kind, content, start):
    assert not load_or_refuse(LOADERS[kind], start + content, tmp_path_factory.getbasetemp() / "any.pt")


#: PyTorch's own warnings about odd pickles and odd numbers, before it or we refuse them.
about_pickles = pytest.mark.filterwarnings("ignore::UserWarning")


def repacked(content: bytes, changes: dict, compression: int = zipfile.ZIP_STORED) -> bytes:
    """The same archive, with the right checksums, but other parts: name (without folder) -> bytes, or None: drop it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for info in old.infolist():
            part = changes.get(info.filename.partition("/")[2], old.read(info))
            if part is not None:
                new.writestr(info.filename, part)
    return out.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return next(archive.read(info) for info in archive.infolist() if info.filename.partition("/")[2] == name)


@about_pickles
@pytest.mark.parametrize("kind", LOADERS)
def test_an_archive_with_right_checksums_and_other_content_is_refused_or_loaded(saved, tmp_path, kind):
    content, _ = saved[kind]
    for bad in damaged(part(content, "data.pkl"), 150):
        load_or_refuse(LOADERS[kind], repacked(content, {"data.pkl": bad}), tmp_path / "bad.pt")
    for changes in ({"data/0": b""}, {"data/0": b"x" * 10**6}, {"version": b"-1"}, {"byteorder": b"big"}):
        load_or_refuse(LOADERS[kind], repacked(content, changes), tmp_path / "bad.pt")
    for changes in ({"data.pkl": None}, {"data/0": None}, {"data.pkl": b""}, {"data.pkl": b"N."}):
        assert not load_or_refuse(LOADERS[kind], repacked(content, changes), tmp_path / "bad.pt")
    for names in ([], ["notes.txt"], ["../../evil"], ["archive/data.pkl"] * 2, ["a/data.pkl", "b/data.pkl"]):
        other = io.BytesIO()
        with zipfile.ZipFile(other, "w") as archive, pytest.warns() if len(set(names)) < len(names) else no_context():
            for name in names:
                archive.writestr(name, b"hello")
        assert not load_or_refuse(LOADERS[kind], other.getvalue(), tmp_path / "bad.pt")


no_context = contextlib.nullcontext


class Hostile:
    """Calls a function when it is unpickled carelessly."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@about_pickles
@pytest.mark.parametrize("kind", LOADERS)
def test_nothing_that_a_pickle_asks_for_is_run(saved, tmp_path, kind):
    content, state = saved[kind]
    marker, line = tmp_path / "marker", f"open({str(tmp_path / 'marker')!r}, 'w')"
    calls = [
        (exec, line),
        (eval, line),
        (os.system, f"touch {marker}"),
        (os.mkdir, str(marker)),
        (open, str(marker), "w"),
    ]
    calls += [(subprocess.Popen, ["touch", str(marker)]), (Path(marker).touch,), (pickle.loads, pickle.dumps(state))]
    for function, *arguments in calls:
        hostile = Hostile(function, *arguments)
        places = [hostile, [hostile], {"architecture": hostile, "weights": {}}, state | {"settings": hostile}]
        for place, protocol in itertools.product(places, (0, 2, 4, 5)):
            raw = pickle.dumps(place, protocol)
            for bad in (raw, b"\x80\2" + raw, repacked(content, {"data.pkl": raw})):
                assert not load_or_refuse(LOADERS[kind], bad, tmp_path / "bad.pt")
    assert not marker.exists() and [path.name for path in tmp_path.iterdir()] == ["bad.pt"]


JUNK = [None, 0, -1, 1, True, 3.5, math.nan, math.inf, "x", "", b"b", [], [1], (), {}, {"a": 1}, 10**6, 10**9, 10**19]
JUNK += [
    torch.zeros(0),
    torch.tensor(3),
    torch.zeros(2, 2).long(),
    torch.tensor([math.nan]),
    torch.zeros(4).to_sparse(),
]
JUNK += [torch.float32, torch.zeros(3, dtype=torch.complex64), torch.zeros(1).expand(10**12), 10**30, "\x1b[31m\n"]


def places(content, path=()):
    """The way to every value inside nested dicts and lists."""
    yield path
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def replaced(content, path, value):
    if not path:
        return value
    content = copy.copy(content)
    content[path[0]] = replaced(content[path[0]], path[1:], value)
    return content


@about_pickles
@pytest.mark.parametrize("kind", LOADERS)
def test_a_checkpoint_with_any_value_replaced_is_refused_or_loaded(saved, tmp_path, kind):
    draw, (_, state) = random.Random(0), saved[kind]
    ways = list(places({key: dict(value) if isinstance(value, dict) else value for key, value in state.items()}))
    for _ in range(150):
        content = io.BytesIO()
        torch.save(replaced(state, draw.choice(ways), draw.choice(JUNK)), content)
        load_or_refuse(LOADERS[kind], content.getvalue(), tmp_path / "bad.pt")


@pytest.mark.parametrize("step", [-1, 11, 1.5, "5", None, math.nan, [1]])
def test_a_run_that_is_at_no_step_of_its_own_is_refused(saved, tmp_path, step):
    torch.save(saved["run"][1] | {"step": step}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"run\.pt is not the checkpoint of a run: step .* of 10, loss"):
        load_run(tmp_path / "run.pt")


GIANTS = [
    ("hidden_size", 20_000),
    ("n_layers", 10**6),
    ("n_symbols", 10**9),
    ("n_states", 10**9),
    ("hidden_size", 10**30),
]


@pytest.mark.parametrize(("name", "size"), [*GIANTS, ("embedding_size", 10**9), ("n_layers", 10**30)])
def test_a_size_that_the_file_cannot_hold_is_refused_before_room_is_made_for_it(saved, tmp_path, name, size):
    """A file of 7 kB once took 5 GB and 20 seconds to be refused."""
    state = saved["model"][1]
    wide = {key: torch.zeros(1).expand(10**9, 10**3) for key in state["weights"]}  # many numbers, but four bytes
    for weights in (state["weights"], wide):
        torch.save({"architecture": state["architecture"] | {name: size}, "weights": weights}, tmp_path / "bad.pt")
        with pytest.raises(ValueError, match=r"bad\.pt: .* the file is too small for a model of that size"):
            load_checkpoint(tmp_path / "bad.pt")
    for hidden in (10_000, 10**6, 10**30):
        run = saved["run"][1] | {"settings": saved["run"][1]["settings"] | {"hidden": hidden}}
        torch.save(run, tmp_path / "bad.pt")
        with pytest.raises(ValueError, match=r"bad\.pt is not the checkpoint of a run: (the file is too|hidden must)"):
            load_run(tmp_path / "bad.pt")


@pytest.mark.parametrize("kind", LOADERS)
def test_an_archive_that_unpacks_to_more_than_it_holds_is_refused_unread(saved, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda archive: pytest.fail("it was unpacked"))
    bomb = repacked(saved[kind][0], {"data/0": bytes(30_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000 and not load_or_refuse(LOADERS[kind], bomb, tmp_path / "bomb.pt")
    content = saved[kind][0]
    for size in (2**31, 2**32 - 2):  # what the directory at the end says about each part
        claims, at = bytearray(content), -1
        while (at := content.find(b"PK\1\2", at + 1)) >= 0:
            claims[at + 24 : at + 28] = struct.pack("<I", size)
        assert not load_or_refuse(LOADERS[kind], bytes(claims), tmp_path / "claims.pt")


# --- learners' notebooks

WORDS = "cells cell_type source metadata outputs tags nbformat nbformat_minor text name output_type worksheets ename id"
WORDS += " execution_count data code markdown check solution stream stdout error check.share(answer) # Solution 0.1"
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(WORDS.split())
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS.split()), inner, max_size=6),
    max_leaves=20,
)
NOTEBOOK = {"nbformat": st.sampled_from([4, 4, 3, 2, 1, 0, 5]) | JSON, "nbformat_minor": st.integers(0, 5) | JSON}
NOTEBOOK |= {"metadata": st.just({}) | JSON, "cells": JSON}
ANY_JSON = (JSON | st.fixed_dictionaries(NOTEBOOK)).map(lambda content: json.dumps(content).encode())
GOOD = new_notebook(
    cells=[
        new_code_cell(
            "check.share(answer)",
            metadata={"tags": ["check"]},
            outputs=[new_output("stream", text="Exercise 0.1 - not yet: too high\n")],
        )
    ]
)


def report_of(content: bytes, path: Path) -> None:
    """An exit status and a few plain lines, the last of them the total; and the file as it was."""
    path.write_bytes(content)
    logging.disable()  # nbformat's, which repeats letters that no report of this test could be sent with
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as error:
            status = progress.main([str(path)])
    finally:
        logging.disable(logging.NOTSET)
    lines = out.getvalue().splitlines()
    assert status in (0, 1, 2) and not error.getvalue() and path.read_bytes() == content
    assert path.name in lines[0] and lines[-1].startswith("Total: ") and (len(lines) == 3 or status != 2)
    assert out.getvalue().isascii() and all(line.isprintable() and len(line) < 400 for line in lines)


@fuzz(200)
@given(
    st.binary(max_size=100) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")) | ANY_JSON
)
def test_any_bytes_and_any_json_get_a_report(tmp_path_factory, content):
    report_of(content, tmp_path_factory.getbasetemp() / "any.ipynb")


def test_a_notebook_damaged_in_any_way_gets_a_report(tmp_path):
    for bad in damaged(nbformat.writes(GOOD).encode(), 500):
        report_of(bad, tmp_path / "bad.ipynb")


@pytest.mark.parametrize("value", [None, 7, "x", "\ud800", [1], {}, {"a": [None]}, 1e308], ids=ascii)
def test_a_notebook_with_any_value_replaced_gets_a_report(tmp_path, value):
    content = json.loads(nbformat.writes(GOOD))
    for path in places(content):
        report_of(json.dumps(replaced(content, path, value)).encode(), tmp_path / "bad.ipynb")


@pytest.mark.parametrize("depth", [100, 900, 5_000, 1_000_000])
@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_a_notebook_that_is_nested_too_deeply_gets_a_report(tmp_path, depth, bracket):
    opening = "[" if bracket == "[]" else '{"a":'
    deep = opening * depth + "1" + bracket[1] * depth
    for text in (deep, opening * depth, f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": {deep}}}'):
        report_of(text.encode(), tmp_path / "deep.ipynb")


# --- command lines


def script(path: str):
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tests"))
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def commands():
    """name -> main(arguments)"""
    scripts = ("data/make_data.py", "data/make_genomes.py", "tools/make_workshop.py", "tools/refresh_notebooks.py")
    modules = {"genome": genome, "scaling": scaling, "progress": progress, "doctor": doctor}
    return {name: module.main for name, module in (modules | {path: script(path) for path in scripts}).items()}


@pytest.fixture
def refuses(commands, tmp_path, monkeypatch):
    """refuses(name, arguments): not 0, a word on stderr at most, and not a file more or less anywhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("just a file\n")
    (tmp_path / "folder").mkdir()
    watched = [
        tmp_path,
        tmp_path / "folder",
        ROOT,
        *(ROOT / folder for folder in ("data", "docs", "notebooks", "build")),
    ]

    def snapshot():
        return [sorted((p.name, p.stat().st_size) for p in folder.iterdir() if p.is_file()) for folder in existing]

    existing = [folder for folder in watched if folder.is_dir()]

    def check(name, arguments):
        before = snapshot()
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as error:
            try:
                status = commands[name](arguments)
            except SystemExit as stop:
                status = stop.code
        assert status not in (0, None), (name, arguments)
        said = (status if isinstance(status, str) else "") + out.getvalue() + error.getvalue()
        assert said.strip() and "Traceback" not in said
        assert snapshot() == before and not (tmp_path / "folder/build").exists()
        return said

    return check


LONG_NAME = "x" * 5000
NONSENSE = {
    "genome": [[], ["nowhere.fasta"], ["folder"], ["file"], [LONG_NAME], ["file", "--states", "two"], ["file", "file"]],
    "scaling": [
        ["nonsense"], ["--steps", "1e3"], ["--hidden", "1000000"], ["--hidden", "9" * 30], ["--seed", "9" * 30],
        ["--length", "1" + "0" * 12], ["--sequences", "9" * 18], ["--sequences", "9" * 30], ["--steps", "9" * 30],
        ["--learning-rate", "inf"], ["--learning-rate", "-1"], ["--device", "abacus"], ["--checkpoint", "folder"],
        ["--checkpoint", "file"], ["--checkpoint", "file/x"], ["--checkpoint", "no/x"], ["--checkpoint", LONG_NAME],
        ["--checkpoint", ""], ["--checkpoint"], ["--steps=-1"], ["--every=-1"], ["--batch", "0"], ["--length", "-3"],
    ],
    "progress": [["nowhere.ipynb"], ["folder"], ["file"], [LONG_NAME], [LONG_NAME + ".ipynb"], ["", "folder"], ["--x"],
                 ["\udcff.ipynb"], ["--timeout", "-1"], ["--timeout", "1.5", "file"]],
    "doctor": [["nonsense"], ["--help"], [""]],
    "data/make_data.py": [["nonsense"], ["--list", "toy"], ["toy_hmm.tsv", "nonsense"], [""], ["--help"], [LONG_NAME]],
    "data/make_genomes.py": [["nonsense"], ["--from"], ["--from", "nowhere"], ["--from", "file"], ["--from", "folder"],
                             ["--from", LONG_NAME], ["--from", ""]],
    "tools/make_workshop.py": [["nonsense"], ["--root"], ["--root", "nowhere"], ["--root", "file"],
                               ["--root", "folder"],
                              ["--no-run", "--root", "folder"], ["--root", LONG_NAME], ["--root", "\udcff"]],
    "tools/refresh_notebooks.py": [["nonsense"], ["--help"], [""], ["folder"], [LONG_NAME], ["notebooks_text"]],
}  # fmt: skip


@pytest.mark.parametrize("name", NONSENSE)
def test_arguments_without_sense_are_refused_in_plain_words(refuses, name):
    for arguments in NONSENSE[name]:
        refuses(name, arguments)


@pytest.mark.parametrize("name", NONSENSE)
@fuzz(60)
@given(data=st.data())
def test_a_command_line_with_an_unknown_word_is_refused_whatever_else_it_says(refuses, name, data):
    words = sorted({word for arguments in NONSENSE[name] for word in arguments} | {"--out", "-1", "-", "é", "--no-run"})
    words = st.lists(st.sampled_from([word for word in words if word not in ("--help", "--")]), max_size=4)
    refuses(name, [*data.draw(words), "--no-such-thing", *data.draw(words)])


RUN_ALL = """
import contextlib, io, json, runpy, sys
for name, arguments in json.loads(sys.argv[1]):
    sys.argv = [name, *arguments]
    status, out, error = 0, io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            runpy.run_path(name, run_name="__main__") if "/" in name else runpy.run_module(name, run_name="__main__")
        except SystemExit as stop:
            status = stop.code
    print(json.dumps([name, status]))
"""


def test_the_same_holds_for_the_commands_as_they_are_typed(tmp_path):
    """In one process, because each would spend its seconds on importing PyTorch."""
    calls = [(name if "/" in name else f"course_utils.{name}", lines[0]) for name, lines in NONSENSE.items()]
    calls = [(str(ROOT / name) if "/" in name else name, arguments or ["nowhere"]) for name, arguments in calls]
    command = [sys.executable, "-W", "ignore", "-c", RUN_ALL, json.dumps(calls)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stderr == "" and not list(tmp_path.iterdir())
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _ in reports] == [name for name, _ in calls]
    assert all(status not in (0, None) for _, status in reports)


# --- numbers at the edge: chains


def exactly(hmm: HMM, symbols: list[int]):
    """By adding up all paths, in fractions: log P, filter, smoother, log P of the best path. None if impossible."""
    start, transition, emission = ([[Fraction(float(p)) for p in row] for row in np.atleast_2d(table)]
                                   for table in (hmm.start, hmm.transition, hmm.emission))  # fmt: skip

    def weights(length):
        for path in itertools.product(range(len(hmm.start)), repeat=length):
            p = start[0][path[0]]
            for t, state in enumerate(path):
                p *= emission[state][symbols[t]] * (transition[path[t - 1]][state] if t else 1)
            yield path, p

    def shares(length, t):
        sums = [sum(p for path, p in weights(length) if path[t] == state) for state in range(len(hmm.start))]
        return [float(s / sum(sums)) for s in sums]

    whole = dict(weights(len(symbols)))
    if not (total := sum(whole.values())):
        return None

    def log(p):
        return math.log(p.numerator) - math.log(p.denominator)

    positions = range(len(symbols))
    filtered, smoothed = [shares(t + 1, t) for t in positions], [shares(len(symbols), t) for t in positions]
    return log(total), filtered, smoothed, log(max(whole.values()))


@st.composite
def extreme_chains(draw):
    """Entries of 0, of 1, and of every size between that a float can have; and symbols."""
    n_states, n_symbols = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    tiny = st.sampled_from([0.0, 0.0, 5e-324, 1e-310, 1e-200, 1e-150, 1e-100, 1e-20, 0.3])

    def row(n):
        rest = [draw(tiny) for _ in range(n - 1)]
        rest.insert(draw(st.integers(0, n - 1)), 1 - sum(rest))
        return rest

    hmm = HMM(row(n_states), [row(n_states) for _ in range(n_states)], [row(n_symbols) for _ in range(n_states)])
    return hmm, draw(st.lists(st.integers(0, n_symbols - 1), min_size=1, max_size=4))


@strict
@fuzz(200)
@given(extreme_chains())
def test_probabilities_of_any_size_give_what_fractions_give(case):
    hmm, symbols = case
    exact = exactly(hmm, symbols)
    if exact is None:
        assert log_likelihood(hmm, symbols) == -math.inf
        for function in (filter_probabilities, smoother_probabilities, viterbi, baum_welch_step):
            with pytest.raises(ValueError, match="cannot produce"):
                function(hmm, symbols)
        return
    total, filtered, smoothed, best = exact
    close = dict(rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(log_likelihood(hmm, symbols), total, **close)
    np.testing.assert_allclose(filter_probabilities(hmm, symbols), filtered, **close)
    np.testing.assert_allclose(smoother_probabilities(hmm, symbols), smoothed, **close)
    np.testing.assert_allclose(path_log_probability(hmm, symbols, viterbi(hmm, symbols)), best, **close)
    climbed, before = baum_welch_step(hmm, symbols)
    np.testing.assert_allclose(before, total, **close)
    np.testing.assert_allclose(climbed.start, smoothed[0], **close)
    assert log_likelihood(climbed, symbols) >= total - 1e-9


LEFT_TO_RIGHT = HMM([1, 0, 0], [[0.9999, 0.0001, 0], [0, 0.9999, 0.0001], [0, 0, 1]], np.eye(3))


@strict
def test_the_long_run_of_steps_of_0_and_1():
    for transition, law in [([[1]], [1]), ([[0, 1], [1, 0]], [0.5, 0.5]), ([[0.9, 0.1], [0, 1]], [0, 1])]:
        n = len(transition)
        np.testing.assert_allclose(HMM([1, 0][:n], transition, np.eye(n)).stationary, law, atol=1e-15)
    assert LEFT_TO_RIGHT.stationary[:2].tolist() == [0, 0], "exactly: what is left for good has no share"
    two_ways_in = HMM([1, 0, 0], [[0, 0.5, 0.5], [0, 0, 1], [0, 1, 0]], np.eye(3))
    np.testing.assert_allclose(two_ways_in.stationary, [0, 0.5, 0.5])
    for apart in (np.eye(2), [[0.5, 0.25, 0.25], [0, 1, 0], [0, 0, 1]]):
        with pytest.raises(ValueError, match="separate parts"):
            HMM(np.eye(len(apart))[0], apart, np.eye(len(apart))).stationary  # noqa: B018


@strict
def test_a_symbol_that_only_a_state_left_for_good_emits_is_refused_by_the_table():
    with pytest.raises(ValueError, match="sequence 0, position 1: the chain cannot produce"):
        lookup_probabilities(LEFT_TO_RIGHT, [2, 0])
    assert lookup_probabilities(LEFT_TO_RIGHT, [2]).tolist() == [[0, 0, 1]]


@strict
def test_draws_never_take_what_has_probability_0():
    cycle = HMM([0, 1], [[0, 1], [1, 0]], [[0, 0.5, 0.5, 0], [0, 0, 0, 1]])
    for symbols, states in (cycle.sample(2001, seed=0), *zip(*simulate(cycle, 20, 2001, seed=0), strict=True)):
        assert (states[::2] == 1).all() and (states[1::2] == 0).all()
        assert (symbols[::2] == 3).all() and set(symbols[1::2]) == {1, 2}


READERS = [filter_probabilities, smoother_probabilities, lookup_probabilities]


@strict
@pytest.mark.parametrize(
    "hmm", [TOY, STICKY, HMM([1], [[1]], [[0.25] * 4]), HMM([0, 1], [[0, 1], [1, 0]], TOY.emission)]
)
def test_one_position_and_one_sequence(hmm):
    n = len(hmm.start)
    for symbols in ([3], [[3]], [[3], [0]], [[3, 0, 1]]):
        shape = np.shape(symbols)
        for reader in READERS:
            found = reader(hmm, symbols)
            assert found.shape == (*shape, n) and np.allclose(found.sum(-1), 1)
        assert viterbi(hmm, symbols).shape == shape
        assert np.shape(log_likelihood(hmm, symbols)) == shape[:-1] and np.isfinite(log_likelihood(hmm, symbols)).all()
        best = path_log_probability(hmm, symbols, viterbi(hmm, symbols))
        assert np.shape(best) == shape[:-1] and (best <= np.asarray(log_likelihood(hmm, symbols)) + 1e-12).all()
        assert np.isfinite(baum_welch_step(hmm, symbols)[1])


@strict
@pytest.mark.parametrize("symbols", [[0], [0] * 50, [[2]], [[0] * 5] * 3, [[1], [1, 1, 1]]])
@pytest.mark.parametrize("n_states", [1, 2, 3])
def test_a_chain_is_found_for_symbols_that_are_all_the_same(symbols, n_states):
    hmm = fit([np.array(s) for s in symbols] if np.ndim(symbols[0]) else symbols, n_states, n_symbols=4, n_starts=2)
    symbol = np.ravel(symbols[0])[0]
    np.testing.assert_allclose(hmm.emission[:, symbol], 1, atol=1e-3)
    for sequence in symbols if np.ndim(symbols[0]) else [symbols]:
        assert log_likelihood(hmm, sequence) == pytest.approx(0, abs=1e-2)


def by_hand(hmm, symbols):
    """The textbook loops, on logarithms: log P, P(state | past), P(state | everything)."""
    with np.errstate(divide="ignore"):
        start, transition, emission = map(np.log, (hmm.start, hmm.transition, hmm.emission))
    forward, after = [], [np.zeros(len(start))]
    for symbol in symbols:
        forward.append(emission[:, symbol] + (np.logaddexp(*(forward[-1][:, None] + transition)) if forward else start))
    for symbol in symbols[:0:-1]:
        after.append(np.logaddexp(*(transition + emission[:, symbol] + after[-1]).T))
    forward, after = np.array(forward), np.array(after[::-1])

    def shares(logs):
        return np.exp(logs - np.logaddexp(*logs.T)[:, None])

    return np.logaddexp(*forward[-1]), shares(forward), shares(forward + after)


NO_WAY_BACK = HMM([1, 0], [[1 - 1e-6, 1e-6], [0, 1]], STICKY.emission)


@strict
@pytest.mark.parametrize("hmm", [STICKY, NO_WAY_BACK], ids=["sticky", "no way back"])
def test_a_million_letters_are_read_rightly_and_in_seconds(hmm):
    x = np.concatenate(simulate(STICKY, 1000, 1000, seed=0)[0])
    start = time.process_time()
    total, filtered, smoothed = log_likelihood(hmm, x), filter_probabilities(hmm, x), smoother_probabilities(hmm, x)
    path, table = viterbi(hmm, x), segments(hmm, decode(x, "ACGT"))
    assert time.process_time() - start < 10
    # the first letters by hand; then the last ones by hand, from what is believed before them
    cut, close = 20_000, dict(rtol=0, atol=1e-8)
    np.testing.assert_allclose(filtered[:cut], by_hand(hmm, x[:cut])[1], **close)
    rest = HMM(filtered[-cut - 1] @ hmm.transition, hmm.transition, hmm.emission)
    total_of_rest, *by_loops = by_hand(rest, x[-cut:])
    np.testing.assert_allclose([filtered[-cut:], smoothed[-cut:]], by_loops, **close)
    assert total == pytest.approx(log_likelihood(hmm, x[:-cut]) + total_of_rest, rel=1e-9)
    best = path_log_probability(hmm, x, path)
    assert path_log_probability(hmm, x, np.roll(path, 1)) < best < total
    assert table["length"].sum() == len(x) and len(table) == 1 + np.count_nonzero(np.diff(path))
    assert table["posterior"].between(0, 1 + 1e-9).all()


@strict
def test_a_million_letters_with_an_impossible_one():
    hmm, x = HMM([0.5, 0.5], STICKY.transition, [[0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0]]), np.ones(10**6, dtype=int)
    x[777_777] = 3
    assert log_likelihood(hmm, x) == -math.inf
    for function in (filter_probabilities, smoother_probabilities, viterbi, lookup_probabilities):
        with pytest.raises(ValueError, match="sequence 0, position 777777: the chain cannot produce"):
            function(hmm, x)


# --- numbers at the edge: statistics

SURE = np.array([[[1.0, 0.0], [0.0, 1.0]]])  # of states 0, 1


@strict
def test_probabilities_of_exactly_0_and_1_cost_nothing_or_infinity():
    nll, kl = evaluation.sequence_nll, evaluation.kl_divergence
    assert nll(SURE, [[0, 1]]).tolist() == [0] and not np.signbit(nll(SURE, [[0, 1]])).any(), "0, not -0"
    assert nll(SURE, [[0, 0]]).tolist() == [math.inf]
    assert kl(SURE, SURE).tolist() == [0] and kl(SURE, SURE[:, ::-1]).tolist() == [math.inf]
    assert kl(SURE, np.full((1, 2, 2), 0.5)).tolist() == [math.log(2)]
    assert kl(np.full((1, 2, 2), 0.5), SURE).tolist() == [math.inf]
    assert kl([[[1.0, 5e-324]]], [[[1.0, 0.0]]]).tolist() == [math.inf]
    assert nll([[1.0]], [0]).shape == () and kl([[1.0]], [[1.0]]) == 0  # one position, one state


@strict
@pytest.mark.parametrize("truth", [[[0.0, 1.0]], [["H", "L"]], [[True, False]], [[None, 0]], [[math.nan, 0]]])
def test_true_states_that_are_no_integers_are_refused(truth):
    with pytest.raises(ValueError, match="the true states must be integers"):
        evaluation.sequence_nll(SURE, truth)


@strict
@fuzz(150)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6), st.data())
def test_scores_of_any_probabilities_are_numbers_not_below_0(n, length, n_states, seed, data):
    def draw(label):
        weights = data.draw(st.lists(st.sampled_from([0, 0, 1e-320, 1e-9, 1, 5]), min_size=size, max_size=size), label)
        weights = np.reshape(weights, (n, length, n_states)).astype(float)
        weights[weights.sum(-1) < 1e-9] = 1
        return weights / weights.sum(-1, keepdims=True)

    size = n * length * n_states
    exact, model = draw("exact"), draw("model")
    truth = np.random.default_rng(seed).integers(n_states, size=(n, length))
    for score in (evaluation.sequence_nll(model, truth), evaluation.kl_divergence(exact, model)):
        assert score.shape == (n,) and not np.isnan(score).any() and (score >= -1e-12).all()
    assert np.allclose(evaluation.kl_divergence(exact, exact), 0)
    table = evaluation.calibration_table(model[..., 0], truth == 0)
    assert table["n"].sum() == n * length and 0 <= evaluation.calibration_error(table) <= 1


@strict
def test_predictions_that_are_all_right_all_wrong_or_all_the_same():
    assert evaluation.sequence_accuracy([[0, 0]], [[0, 0]]).tolist() == [1]
    assert evaluation.sequence_accuracy([[1], [1]], [[0], [1]]).tolist() == [0, 1]
    for correct in (np.ones((3, 4)), np.zeros((3, 4)), np.ones((3, 1)), np.ones((1, 4)), [[1, 0]]):
        with pytest.raises(ValueError, match="some right and some wrong"):
            evaluation.design_effect(correct)
    assert evaluation.design_effect([[1, 0], [0, 1]]) == 0  # all sequences alike
    assert evaluation.design_effect([[1], [0]]) == 2
    for p, happened in [([0.0], [0]), ([1.0], [1]), ([0.5, 0.5], [1, 0]), ([1.0] * 9, [1] * 9)]:
        table = evaluation.calibration_table(p, happened)
        assert len(table) == 1 and evaluation.calibration_error(table) == 0
    assert evaluation.calibration_error(evaluation.calibration_table([1.0, 0.0], [0, 1])) == 1


@strict
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1e-320, 1e100])
@pytest.mark.parametrize("n", [2, 5, 30])
def test_differences_that_are_all_the_same(value, n):
    low, high = evaluation.bootstrap_ci([value] * n, n_resamples=99)
    assert low == pytest.approx(value, rel=1e-12) and high == pytest.approx(value, rel=1e-12)
    p = evaluation.sign_flip_p([value] * n, n_resamples=99)
    assert p == (1 if value == 0 else pytest.approx(max(2 / 2**n, 2 / 100)))
    found = evaluation.equivalence([value] * n, margin=0.5, n_resamples=99)
    assert found.equivalent == (abs(value) < 0.5)


@strict
def test_ties_count_and_a_margin_that_is_just_reached_is_not_enough():
    assert evaluation.monte_carlo_p(0.1 + 0.2, [0.3] * 9) == 1
    assert evaluation.monte_carlo_p(math.inf, [math.inf, 0]) == 2 / 3
    assert evaluation.monte_carlo_p(1, [1]) == 1 and evaluation.monte_carlo_p(2, [1]) == 0.5
    assert evaluation.sign_flip_p([1, -1, 1, -1]) == 1
    assert not evaluation.equivalence([0.5] * 4, margin=0.5, n_resamples=99).equivalent


@strict
@pytest.mark.parametrize("values", [[], [1], [1, math.nan], [1, math.inf], [[1, 2]], 3])
def test_one_sequence_says_nothing_about_others(values):
    calls = [evaluation.bootstrap_ci, evaluation.sign_flip_p, lambda v: evaluation.equivalence(v, 1)]
    for call in calls:
        with pytest.raises(ValueError, match="one finite number a sequence"):
            call(values)
    with pytest.raises(ValueError, match="n_resamples must be a whole number of at least 2; got 1"):
        evaluation.bootstrap_ci([1, 2], n_resamples=1)


NULLS = [evaluation.null_composition, evaluation.null_permute, evaluation.null_shift, evaluation.null_swap]


@strict
@pytest.mark.parametrize("null", [*NULLS, evaluation.null_coin])
@pytest.mark.parametrize("shape", [(1,), (1, 1), (1, 5), (2, 1), (3, 4)])
def test_a_null_of_a_constant_prediction_of_a_constant_truth_has_one_value(null, shape):
    zeros, ones = np.zeros(shape, dtype=int), np.ones(shape, dtype=int)
    if null is evaluation.null_swap and (len(shape) == 1 or shape[0] == 1):
        with pytest.raises(ValueError, match="at least two sequences"):
            null(zeros, zeros, 9, seed=0)
    elif null is evaluation.null_coin:
        assert ((draws := null(zeros, zeros, 9, seed=0)) >= 0).all() and (draws <= 1).all()
    else:
        assert null(zeros, zeros, 9, seed=0).tolist() == [1] * 9 and null(zeros, ones, 9, seed=0).tolist() == [0] * 9
        assert evaluation.monte_carlo_p(1.0, null(zeros, zeros, 9, seed=0)) == 1, "the tie is a tie"


# --- numbers at the edge: networks


class Fixed(torch.nn.Module):
    """Gives every position the same logits."""

    def __init__(self, *logits):
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, x):
        return self.logits.expand(*x.shape, -1), None


@strict
@pytest.mark.parametrize("states", ["L", "LL", "HL", "HHHHL"])
def test_a_model_that_is_sure_is_right_for_nothing_or_wrong_for_infinity(states):
    loader = make_loader(pd.DataFrame({"dna": ["A" * len(states)], "hidden_state": [states]}), batch_size=1)
    share = states.count("H") / len(states)
    never_h = evaluate(Fixed(-math.inf, 0.0), loader)
    assert never_h["nll"] == (math.inf if share else 0) and never_h["accuracy"] == pytest.approx(1 - share)
    assert evaluate(Fixed(-1e4, 0.0), loader) == pytest.approx({"nll": 1e4 * share, "accuracy": 1 - share})
    assert evaluate(Fixed(0.0, 0.0), loader) == pytest.approx(
        {"nll": math.log(2), "accuracy": share}
    )  # a tie: the first


@strict
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_network_reads_one_letter_and_twenty_thousand_and_breaks_ties_to_the_first_state(bidirectional):
    model = GRUTagger(hidden_size=2, bidirectional=bidirectional, seed=0)
    long, one = predict(model, ["ACGT" * 5_000, "A"])
    assert one.probabilities.shape == (1, 2) and long.probabilities.shape == (20_000, 2)
    assert np.isfinite(long.probabilities).all() and np.allclose(long.probabilities.sum(-1), 1, atol=1e-5)
    assert evaluate(model, make_loader(pd.DataFrame({"dna": ["A"], "hidden_state": ["H"]}), 1))["accuracy"] in (0, 1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    tie = predict(model, "ACG")
    assert tie.states == "HHH" and (tie.probabilities == 0.5).all()
    with torch.no_grad():
        model.linear.bias[1] = 1e30
    sure = predict(model, "A")
    assert sure.states == "L" and sure.probabilities.tolist() == [[0, 1]]
    assert compare_tracks(tie.states, "HHL").count("*") == 1 and compare_tracks("", "") == ""
