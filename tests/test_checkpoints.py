"""Checkpoints: what was saved comes back, and no damaged or hostile file gets any further."""

import pickle
import re

import numpy as np
import pytest
import torch

from course_utils.gru import GRUTagger
from course_utils.training import load_checkpoint, save_checkpoint


class Other(GRUTagger):
    """With weights of its own."""

    def __init__(self, **sizes):
        super().__init__(**sizes)
        self.more = torch.nn.Linear(1, 1)


MODELS = {
    "letters": (GRUTagger(seed=0), torch.arange(9)[None] % 4),
    "large": (GRUTagger(64, 3, 5, 7, 2, True, seed=0), torch.arange(9)[None]),
    "another kind": (Other(hidden_size=5, seed=0), torch.arange(9)[None] % 4),
}


@pytest.fixture
def path(tmp_path):
    save_checkpoint(GRUTagger(seed=0), tmp_path / "model.pt")
    return tmp_path / "model.pt"


@pytest.mark.parametrize("name", MODELS)
def test_a_round_trip_changes_nothing(tmp_path, name):
    model, x = MODELS[name]
    save_checkpoint(model, tmp_path / "model.pt")
    again = load_checkpoint(str(tmp_path / "model.pt"), kind=type(model))
    assert type(again) is type(model) and again.architecture == model.architecture and not again.training
    assert torch.equal(again(x)[0], model(x)[0])
    assert set(torch.load(tmp_path / "model.pt")["weights"]) == {name for name, _ in model.named_parameters()}


def test_a_failing_save_leaves_the_old_file_and_no_litter(path):
    before, model = path.read_bytes(), GRUTagger(seed=1)
    model.architecture["cannot be pickled"] = lambda: None
    with pytest.raises((pickle.PicklingError, AttributeError)):
        save_checkpoint(model, path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["model.pt"]


def refused(path, **kind):
    """One plain line that names the file, and does not advise to load it carelessly."""
    with pytest.raises(ValueError) as caught:
        load_checkpoint(path, **kind)
    assert str(caught.value).startswith(f"{path} is damaged or not a checkpoint: it holds no ")
    return not re.search(r"weights_only|\n|\x1b", str(caught.value))


def test_a_file_of_another_kind_is_refused(path):
    whole = path.read_bytes()
    for content in (b"", whole[:1000], whole[:-1], np.random.default_rng(0).bytes(3000), b"PK\x03\x04" * 500):
        path.write_bytes(content)
        assert refused(path)


def test_a_flipped_bit_in_a_weight_is_noticed(path):
    weight = GRUTagger(seed=0).gru.weight_hh_l0.detach().numpy().tobytes()
    content = bytearray(path.read_bytes())
    content[content.index(weight) + 3] ^= 0x40
    path.write_bytes(content)
    assert refused(path)


class Hostile:
    """Runs code when it is unpickled carelessly."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


@pytest.mark.parametrize(
    "write",
    [
        lambda hostile, path: path.write_bytes(pickle.dumps(hostile, 2)),
        lambda hostile, path: torch.save(hostile, path),
        lambda hostile, path: torch.save({"architecture": {}, "weights": hostile}, path),
    ],
    ids=["pickle", "torch", "weights"],
)
def test_a_hostile_file_runs_nothing(path, tmp_path, write):
    write(Hostile(tmp_path / "marker"), path)
    assert refused(path) and not (tmp_path / "marker").exists()


def content(**changes):
    model = GRUTagger(seed=0)
    return {"architecture": model.architecture, "weights": model.state_dict()} | changes


@pytest.mark.parametrize(
    "saved",
    [
        [1, 2],
        {"model": 1},
        content(architecture=None),
        content(architecture={"n_symbols": 4, "colour": 1}),
        *(content(architecture=GRUTagger().architecture | {"hidden_size": n}) for n in (-1, "4", 10**9)),
        content(architecture=GRUTagger().architecture | {"n_layers": 10**9}),
        content(architecture=GRUTagger(bidirectional=True).architecture),
        content(weights={}),
        *(content(weights=GRUTagger().state_dict() | {"linear.bias": torch.tensor([0, x])}) for x in (np.nan, np.inf)),
    ],
)
def test_content_that_does_not_fit_is_refused(path, saved):
    torch.save(saved, path)
    assert refused(path)


def test_another_kind_of_model_is_refused(path):
    assert refused(path, kind=Other)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pt"):
        load_checkpoint(tmp_path / "nowhere.pt")
