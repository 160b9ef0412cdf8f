"""The data are what their cards say, and the checkpoints are what data/make_data.py makes."""

import hashlib
import json
import re

import numpy as np
import pandas as pd
import pytest
from notebook_files import script

from course_utils import DATA
from course_utils.codons import to_codons, translate
from course_utils.datasets import read_sequences, split, write_sequences
from course_utils.encoding import NUCLEOTIDES, STATES, encode
from course_utils.genome import read_fasta
from course_utils.gru import GRUTagger
from course_utils.hmm import HMM, TOY, filter_probabilities, smoother_probabilities
from course_utils.prediction import predict
from course_utils.training import load_checkpoint

CARDS = (DATA / "README.md").read_text(encoding="utf-8")
SUMS = {
    name: digest
    for digest, name in (line.split("  ") for line in (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
}

make_data = script("data/make_data.py")
ANSWER = DATA.parent / "docs/answers/mystery.json"


@pytest.fixture(scope="module")
def toy():
    return read_sequences(DATA / "toy_hmm.tsv")


def card(name: str) -> str:
    """The text below the heading of that name."""
    return re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", CARDS, re.MULTILINE | re.DOTALL).group(1)


def decimals(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def test_every_data_file_has_a_checksum_and_a_card():
    files = {path.name for path in DATA.glob("[!.]*") if path.is_file()}
    assert set(SUMS) == {name for name in files if not name.endswith((".py", ".md")) and name != "SHA256SUMS"}
    for name, digest in SUMS.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name
        assert f"| SHA-256 | `{digest}` |" in card(name)
        assert f"| size | {(DATA / name).stat().st_size} bytes |" in card(name)
        assert "| licence | " in card(name)


def test_toy_card_describes_the_columns(toy):
    assert list(toy) == ["dna", "hidden_state"] and len(toy) == 100
    assert set("".join(toy["dna"])) == set("ACGT") and set("".join(toy["hidden_state"])) == set("HL")
    assert {*map(len, toy["dna"]), *map(len, toy["hidden_state"])} == {500}
    for line in (
        "| rows | 100, and a header |",
        "| columns | `dna` (text over A, C, G, T); `hidden_state` (text over H, L, one letter a nucleotide) |",
        "| length | 500 nucleotides and 500 states a row |",
    ):
        assert line in card("toy_hmm.tsv")


def test_toy_card_states_the_chain():
    def cells(row):
        return " | ".join(f"{p:.1f}".removeprefix("0") for p in row)

    text = card("toy_hmm.tsv")
    assert f"| start | {cells(TOY.start)} |" in text
    for name, transition, emission in zip("HL", TOY.transition, TOY.emission, strict=True):
        assert f"| {name} goes to, emits | {cells(transition)} | | {cells(emission)} |" in text


def test_toy_card_states_what_is_measured(toy):
    dna = np.array([list(row) for row in toy["dna"]])
    states = np.array([list(row) for row in toy["hidden_state"]])
    strong = np.isin(dna, ["C", "G"])
    right = np.where(strong, "H", "L") == states
    changes = (states[:, 1:] != states[:, :-1]).mean()
    for sentence in (
        f"the state changes at {decimals(changes)} of the steps",
        f"L is the commoner state: {decimals((states == 'L').mean())} of the positions",
        f"G and C make up {decimals(strong[states == 'H'].mean())} of the positions in H"
        f" and {decimals(strong[states == 'L'].mean())} of those in L",
        f"names {decimals(right.mean())} of all positions right, and {right[49].sum()} of the 500 in row 49",
    ):
        assert sentence in card("toy_hmm.tsv")


def test_the_mystery_is_what_its_recipe_makes_and_its_card_says(tmp_path):
    write_sequences(make_data.make_mystery(), tmp_path / "again.tsv")
    assert (tmp_path / "again.tsv").read_bytes() == (DATA / "mystery.tsv").read_bytes()
    mystery = read_sequences(DATA / "mystery.tsv")
    assert len(mystery) == 150 and {*map(len, mystery["dna"])} == {300} and mystery["dna"].is_unique
    share = "".join(mystery["hidden_state"]).count("L") / 45_000
    assert f"L is the commoner state, with {decimals(share)} of the positions" in card("mystery.tsv")


def test_the_answer_to_the_mystery_states_what_is_measured():
    """By the steps of docs/project.md, without a network; the chain's own numbers are not among what learners get."""
    page = (DATA.parent / "docs/answers/mystery.md").read_text(encoding="utf-8")
    train, _, judge = split(read_sequences(DATA / "mystery.tsv"), (0.6, 0.2, 0.2), seed=0)
    (x, z), (new, truth) = (
        (
            np.stack([encode(t, NUCLEOTIDES) for t in part["dna"]]),
            np.stack([encode(t, STATES) for t in part["hidden_state"]]),
        )
        for part in (train, judge)
    )
    true = HMM(**{k: np.array(v) for k, v in json.loads(ANSWER.read_text()).items() if isinstance(v, list)})
    counts, moves = np.zeros((4, 2)), np.zeros((2, 2))
    np.add.at(counts, (x, z), 1)
    np.add.at(moves, (z[:, :-1], z[:, 1:]), 1)
    by_rows = moves / moves.sum(axis=1, keepdims=True), counts.T / counts.sum(axis=0)[:, None]
    counted = HMM(np.bincount(z[:, 0]) / len(z), *by_rows)
    readers = {
        "shares only": np.broadcast_to(counts.sum(axis=0) / counts.sum(), (*truth.shape, 2)),
        "counted table": (counts / counts.sum(axis=1, keepdims=True))[new],
        "counted chain, filter": filter_probabilities(counted, new),
        "counted chain, smoother": smoother_probabilities(counted, new),
        "exact filter": filter_probabilities(true, new),
        "exact smoother": smoother_probabilities(true, new),
    }
    for name, p in readers.items():
        right, nll = (p.argmax(-1) == truth).mean(), -np.log(np.take_along_axis(p, truth[..., None], -1)).mean()
        assert f"| {name} | {decimals(right)} | {decimals(nll)} |" in page, (name, right, nll)
    for row, state in zip(np.hstack([true.transition, true.emission]), STATES, strict=True):
        assert f"| {state} | " + " | ".join(f"{p:.2f}".removeprefix("0") for p in row) + " |" in page
    learners = "".join((DATA / name).read_text(encoding="utf-8") for name in ("make_data.py", "README.md"))
    assert ".36, 0.16" not in learners and "0.18, 0.22" not in learners


def test_checkpoints_are_those_that_can_be_made():
    assert {path.stem for path in (DATA / "checkpoints").glob("*.pt")} == set(make_data.CHECKPOINTS)


def card_row(name: str) -> str:
    """The line of the checkpoints' table that covers a checkpoint, such as workshop_3."""
    family, number = name.rsplit("_", 1)
    rows = [line for line in card("checkpoints/").splitlines() if re.match(rf"\| `{family}_\d", line)]
    assert len(rows) == 1, f"{len(rows)} lines of the card begin with {family}"
    numbers = [int(n) for n in re.findall(rf"`{family}_(\d+)\.pt`", rows[0].split("|")[1])]
    assert numbers[0] <= int(number) <= numbers[-1] and rows[0].endswith(f"| {' to '.join(map(str, numbers))} |")
    return rows[0]


@pytest.mark.parametrize("name", make_data.CHECKPOINTS)
def test_checkpoint_has_the_architecture_on_the_card(name):
    network = re.search(r"`(\w+\(.*?\))`", card_row(name)).group(1)
    _, transformer = make_data.from_lesson("10_memory", "Block", "Transformer")
    (codon_tagger,) = make_data.from_lesson("13_codons", "CodonTagger")
    known = {"GRUTagger": GRUTagger, "Transformer": transformer, "CodonTagger": codon_tagger}
    on_the_card = eval(network, known)
    model = load_checkpoint(DATA / "checkpoints" / f"{name}.pt", type(on_the_card))
    assert model.architecture == on_the_card.architecture


@pytest.mark.slow
def test_training_again_gives_the_toy_checkpoint(toy):
    again = make_data.CHECKPOINTS["toy_0"]()
    kept = load_checkpoint(DATA / "checkpoints" / "toy_0.pt")
    dna = list(toy["dna"][:20])
    for one, other in zip(predict(again, dna), predict(kept, dna), strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=0, atol=1e-3)


def test_every_gene_of_lambda_on_the_list_is_an_open_reading_frame():
    (sequence,) = read_fasta(DATA / "lambda_phage.fasta").values()
    genes = pd.read_csv(DATA / "lambda_genes.tsv", sep="\t")
    assert len(genes) == 29 and genes["start"].is_monotonic_increasing
    for gene, start, end, strand in genes[["gene", "start", "end", "strand"]].itertuples(index=False):
        dna = sequence[start - 1 : end]
        dna = dna if strand == "+" else dna.translate(str.maketrans("ACGT", "TGCA"))[::-1]
        assert dna[:3] in ("ATG", "GTG", "TTG") and translate(to_codons(dna)).find("*") == len(dna) // 3 - 1, gene


def test_gene_n_of_lambda_has_the_107_residues_and_the_one_methionine_of_its_purified_protein():
    (sequence,) = read_fasta(DATA / "lambda_phage.fasta").values()
    ((start, end),) = (
        pd.read_csv(DATA / "lambda_genes.tsv", sep="\t").set_index("gene").loc[["N"], ["start", "end"]].values
    )
    protein = translate(to_codons(sequence[start - 1 : end].translate(str.maketrans("ACGT", "TGCA"))[::-1]))
    assert len(protein) == 107 + 1 and protein.count("M") == 1 and protein[0] == "M"
