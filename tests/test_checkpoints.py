"""checkpoints.py: what was saved comes back, and no damaged or hostile file gets any further."""

import pickle
import re

import numpy as np
import pytest
import torch

from course_utils.checkpoints import load_checkpoint, save_checkpoint
from course_utils.codons import CodonTagger
from course_utils.genome.bins import BinTagger
from course_utils.gru import GRUTagger

ARCHITECTURES = [{}, dict(n_symbols=64, n_states=3, embedding_size=5, hidden_size=7, n_layers=2, bidirectional=True)]


@pytest.fixture
def path(tmp_path):
    save_checkpoint(GRUTagger(seed=0), tmp_path / "model.pt")
    return tmp_path / "model.pt"


class Hostile:
    """Runs code when it is unpickled carelessly."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


def refused(path, message=""):
    return pytest.raises(ValueError, match=rf"(?s){path.name}.*{message}")


@pytest.mark.parametrize("sizes", ARCHITECTURES)
def test_a_round_trip_changes_nothing(tmp_path, sizes):
    model = GRUTagger(**sizes, seed=0)
    save_checkpoint(model, tmp_path / "model.pt")
    again = load_checkpoint(str(tmp_path / "model.pt"))
    x = torch.randint(4, (3, 30), generator=torch.Generator().manual_seed(0))
    assert again.architecture == model.architecture and not again.training
    assert torch.equal(again(x)[0], model(x)[0])
    assert model.training and [p.name for p in tmp_path.iterdir()] == ["model.pt"]


def test_a_later_save_replaces_the_file(path):
    later = GRUTagger(seed=5)
    save_checkpoint(later, path)
    assert torch.equal(load_checkpoint(path).linear.weight, later.linear.weight)


def test_a_failing_save_leaves_the_old_file_and_no_litter(path):
    before, model = path.read_bytes(), GRUTagger(seed=1)
    model.architecture["cannot be pickled"] = lambda: None
    with pytest.raises((pickle.PicklingError, AttributeError)):
        save_checkpoint(model, path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["model.pt"]


@pytest.mark.parametrize("kept", [0, 1, 10, 1000, 0.5, -1])
def test_a_truncated_file_is_refused(path, kept):
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept == 0.5 else kept])
    with refused(path, "damaged"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    "content",
    [
        np.random.default_rng(0).bytes(3000),
        b"hello world\n" * 100,
        b"bananas\n" * 100,
        b"\x00" * 5000,
        b"PK\x03\x04" * 500,
        pickle.dumps([1], 2),
    ],
)
def test_a_file_of_another_kind_is_refused(path, content):
    path.write_bytes(content)
    with refused(path, "damaged or not a checkpoint"):
        load_checkpoint(path)


def test_a_flipped_bit_in_a_weight_is_noticed(path):
    weight = GRUTagger(seed=0).gru.weight_hh_l0.detach().numpy().tobytes()
    content = bytearray(path.read_bytes())
    content[content.index(weight) + 3] ^= 0x40
    path.write_bytes(content)
    with refused(path, "damaged"):
        load_checkpoint(path)


HOSTILE_FILES = pytest.mark.parametrize(
    "write",
    [
        lambda hostile, path: path.write_bytes(pickle.dumps(hostile, 2)),
        lambda hostile, path: torch.save(hostile, path),
        lambda hostile, path: torch.save({"architecture": hostile, "weights": {}}, path),
        lambda hostile, path: torch.save({"architecture": {}, "weights": hostile}, path),
    ],
    ids=["pickle", "torch", "architecture", "weights"],
)


@HOSTILE_FILES
def test_a_hostile_file_runs_nothing(path, tmp_path, write):
    write(Hostile(tmp_path / "marker"), path)
    with refused(path):
        load_checkpoint(path)
    assert not (tmp_path / "marker").exists()


@HOSTILE_FILES
def test_the_message_is_one_plain_line_and_does_not_advise_to_load_carelessly(path, tmp_path, write):
    write(Hostile(tmp_path / "marker"), path)
    with pytest.raises(ValueError) as caught:
        load_checkpoint(path)
    assert not re.search(r"weights_only|can still be loaded|\n|\x1b", str(caught.value))


NAMES_A_WEIGHT = r"do not fit.*(embedding|gru|linear)\."


def content(**changes):
    model = GRUTagger(seed=0)
    return {"architecture": model.architecture, "weights": model.state_dict()} | changes


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ([1, 2], "not a checkpoint of this course"),
        ({"model": 1}, "not a checkpoint of this course"),
        (content(epoch=3), "not a checkpoint of this course"),
        (content(architecture=None), "do not fit"),
        (content(architecture={"n_symbols": 4, "colour": 1}), "do not fit.*colour"),
        (content(architecture={"hidden_size": 10}), "do not fit.*hidden_size"),
        (content(architecture=GRUTagger().architecture | {"hidden_size": -1}), "do not fit.*hidden_size"),
        (content(architecture=GRUTagger(hidden_size=11).architecture), NAMES_A_WEIGHT),
        (content(architecture=GRUTagger(bidirectional=True).architecture), NAMES_A_WEIGHT),
        (content(weights=None), "do not fit"),
        (content(weights={}), NAMES_A_WEIGHT),
        (content(weights={"a": torch.zeros(1)}), NAMES_A_WEIGHT),
    ],
)
def test_content_that_does_not_fit_is_refused_with_the_reason(path, saved, message):
    torch.save(saved, path)
    with refused(path, message):
        load_checkpoint(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pt"):
        load_checkpoint(tmp_path / "nowhere.pt")


KINDS = {
    "letters": (lambda: GRUTagger(seed=0), torch.zeros(1, 9, dtype=torch.int64)),
    "bins": (lambda: BinTagger(20, 3, 5, False, seed=0), torch.ones(1, 9, 4)),
    "codons": (lambda: CodonTagger(hidden_size=5, seed=0), torch.arange(9)[None]),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_model_of_each_kind_comes_back_as_it_was(tmp_path, name):
    make, x = KINDS[name]
    model = make()
    save_checkpoint(model, tmp_path / "model.pt")
    again = load_checkpoint(tmp_path / "model.pt", kind=type(model))
    assert type(again) is type(model) and again.architecture == model.architecture and not again.training
    assert torch.equal(again(x)[0], model(x)[0])
    assert set(torch.load(tmp_path / "model.pt")["weights"]) == {name for name, _ in model.named_parameters()}


@pytest.mark.parametrize(
    ("saved", "kind", "message"),
    [
        ("letters", BinTagger, "the architecture names .*embedding_size"),
        ("letters", CodonTagger, r"reads \(21, 64\) amino acids and codons; got \(4, 2\)"),
        ("bins", GRUTagger, "the architecture names .*bin_size"),
        ("bins", CodonTagger, "the architecture names .*bin_size"),
        ("codons", BinTagger, "the architecture names .*n_symbols"),
    ],
)
def test_a_file_of_another_kind_of_model_is_refused(tmp_path, saved, kind, message):
    save_checkpoint(KINDS[saved][0](), tmp_path / "model.pt")
    with refused(tmp_path / "model.pt", message):
        load_checkpoint(tmp_path / "model.pt", kind=kind)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bin_size": 0}, "bin_size must be a whole number"),
        ({"hidden_size": 6}, r"do not fit.*gru\."),
        ({"hidden_size": -1}, "hidden_size must be a whole number"),
        ({"n_states": 2}, r"do not fit.*linear\."),
        ({"bidirectional": True}, r"do not fit.*gru\."),
    ],
)
def test_a_reader_of_bins_with_another_architecture_is_refused_with_the_reason(path, changes, message):
    model = BinTagger(20, 3, 5, False, seed=0)
    torch.save({"architecture": model.architecture | changes, "weights": model.state_dict()}, path)
    with refused(path, message):
        load_checkpoint(path, kind=BinTagger)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_no_finite_number_is_refused(path, number):
    for name, _ in GRUTagger().named_parameters():
        saved = content()
        saved["weights"] = {key: weight.clone() for key, weight in saved["weights"].items()}
        saved["weights"][name].view(-1)[-1] = number
        torch.save(saved, path)
        with refused(path, "some weights are not finite numbers"):
            load_checkpoint(path)


def test_a_file_damaged_anywhere_is_refused_or_still_holds_the_same_weights(path):
    whole, expected, random = path.read_bytes(), GRUTagger(seed=0).state_dict(), np.random.default_rng(0)
    n_refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[random.integers(len(whole))] ^= 1 << random.integers(8)
        path.write_bytes(damaged)
        try:
            found = load_checkpoint(path).state_dict()
        except ValueError as error:
            assert str(error).startswith(str(path))
            n_refused += 1
        else:
            assert all(torch.equal(found[name], weight) for name, weight in expected.items())
    assert n_refused > 100  # the rest of the file is mostly zeros that fill up
