"""Make the simulated part of data/ again: the toy sequences, the project's, and the checkpoints of notebooks.

Usage: python data/make_data.py [NAME ...]     (all of them: about ten minutes on one core; names: --list)
"""

import ast
import json
import re
import sys
from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_utils import DATA
from course_utils.codons import AMINO_ACIDS, CODONS, read_genes
from course_utils.datasets import make_loader, make_toy_data, read_sequences, split, to_frame, write_sequences
from course_utils.encoding import NUCLEOTIDES, decode
from course_utils.gru import GRUTagger
from course_utils.hmm import HMM, STICKY, TOY, simulate
from course_utils.training import fit, save_checkpoint

N_WORKSHOP, N_TOY, N_STICKY, N_LETTERS = 10, 10, 5, 5  # lesson 11 trains its first one itself


def train_workshop(seed: int) -> GRUTagger:
    """The recipe of the workshop this course grew out of: rows 0-49 one by one, five epochs, constant rate .02."""
    loader = make_loader(read_sequences(DATA / "toy_hmm.tsv").iloc[:50], batch_size=1, shuffle=True)
    model = GRUTagger(hidden_size=10, seed=seed)
    fit(model, loader, epochs=5, learning_rate=0.02, seed=seed, cosine=False, verbose=False)
    return model


def train_simulated(hmm: HMM, hidden_size: int, window: int, batch: int, seed: int, both: bool = False) -> GRUTagger:
    """The recipe of lessons 05 and 10: 1000 simulated sequences of 500, cut into windows, three epochs."""
    frame = to_frame(*simulate(hmm, n_sequences=1000, length=500, seed=1))
    loader = make_loader(frame, batch_size=batch, window=window, shuffle=True)
    model = GRUTagger(hidden_size=hidden_size, bidirectional=both, seed=seed)
    fit(model, loader, epochs=3, learning_rate=0.02, seed=seed, verbose=False)
    return model


def from_lesson(name: str, *wanted: str) -> list:
    """Functions and classes that a lesson defines, from its text: there they are shown and explained."""
    text = (DATA.parent / "notebooks_text" / f"{name}.md").read_text(encoding="utf-8")
    cells = re.findall(
        r"^```\{code-cell\} ipython3\n(?:---\n.*?---\n|:.*?\n)?(.*?)^```", text, re.MULTILINE | re.DOTALL
    )
    program, scope = ast.parse("\n".join(cells)), {}
    imports = (ast.Import, ast.ImportFrom)
    program.body = [part for part in program.body if isinstance(part, imports) or getattr(part, "name", "") in wanted]
    exec(compile(program, name, "exec"), scope)
    return [scope[name] for name in wanted]


def train_transformer(seed: int) -> torch.nn.Module:
    """The recipe of lesson 10 for its rival: the sequences of `sticky_*`, smaller batches."""
    frame = to_frame(*simulate(STICKY, n_sequences=1000, length=500, seed=1))
    loader = make_loader(frame, batch_size=32, window=100, shuffle=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _, transformer = from_lesson("10_memory", "Block", "Transformer")
        model = transformer()
    fit(model, loader, epochs=3, learning_rate=0.01, seed=seed, verbose=False)
    return model


def train_letters(seed: int) -> GRUTagger:
    """A recipe of lesson 11: 2000 sequences without their states; the next letter is the target."""
    texts = [decode(row, NUCLEOTIDES) for row in simulate(STICKY, n_sequences=2000, length=500, seed=1)[0]]
    frame = pd.DataFrame({"letter": [t[:-1] for t in texts], "next": [t[1:] for t in texts]})
    words = dict(columns=("letter", "next"), alphabets=(NUCLEOTIDES, NUCLEOTIDES))
    loader = make_loader(frame, batch_size=100, window=100, shuffle=True, **words)
    model = GRUTagger(n_symbols=4, n_states=4, hidden_size=16, seed=seed)
    fit(model, loader, epochs=3, learning_rate=0.02, seed=seed, verbose=False)
    return model


def rrxor() -> HMM:
    """Random bit a, random bit b, a XOR b, again and again: states 0-1 hold a, 2-5 both bits, 6-7 their XOR."""
    transition, emission = np.zeros((8, 8)), np.zeros((8, 2))
    for state, bit in enumerate((0, 1, 0, 1, 0, 1, 0, 1)):
        emission[state, bit] = 1
    for a, b in product((0, 1), (0, 1)):
        transition[a, 2 + 2 * a + b], transition[2 + 2 * a + b, 6 + (a ^ b)] = 0.5, 1
        transition[6 + b, a] = 0.5
    return HMM(np.array([2, 2, 1, 1, 1, 1, 2, 2]) / 12, transition, emission)


def train_rrxor(seed: int) -> GRUTagger:
    """The other recipe of lesson 11: the next bit of RRXOR."""
    x = torch.from_numpy(simulate(rrxor(), 4000, 49, seed=1)[0])
    pairs = TensorDataset(x[:, :-1].contiguous(), x[:, 1:].contiguous())
    loader = DataLoader(pairs, 50, shuffle=True, generator=torch.Generator())
    model = GRUTagger(n_symbols=2, n_states=2, hidden_size=32, seed=seed)
    fit(model, loader, epochs=10, learning_rate=0.02, seed=seed, verbose=False)
    return model


def train_codons(bidirectional: bool, keep_families: bool) -> GRUTagger:
    """The recipe of lesson 13: seven tenths of the genes of Leptospira, windows of 50 codons, 100 a batch."""
    tagger, related = from_lesson("13_codons", "CodonTagger", "related")
    genes = read_genes(DATA / "leptospira_cds.fasta.gz")
    train = split(genes, (0.7, 0.1, 0.2), seed=0)[0]
    if keep_families:  # families in a random order; each goes to the part in which its middle gene falls
        family = related(list(genes["protein"]))
        order = np.random.default_rng(0).permutation(np.unique(family))
        sizes = np.bincount(family)[order]
        train = genes[np.isin(family, order[sizes.cumsum() - sizes / 2 < 0.7 * len(genes)])]
    words = dict(columns=("protein", "codons"), alphabets=(AMINO_ACIDS, CODONS))
    loader = make_loader(train, batch_size=100, window=50, shuffle=True, **words)
    sizes = dict(n_symbols=21, n_states=64, embedding_size=16, hidden_size=32, bidirectional=bidirectional)
    model = tagger(**sizes, seed=0)
    fit(model, loader, epochs=3, learning_rate=0.01, seed=0, verbose=False)
    return model


def make_mystery() -> pd.DataFrame:
    """The sequences of the closing project. Their chain stands in docs/answers, so that nobody reads it here."""
    answer = json.loads((DATA.parent / "docs/answers/mystery.json").read_text(encoding="utf-8"))
    seed, n_sequences, length = (answer.pop(name) for name in ("seed", "n_sequences", "length"))
    chain = HMM(**{name: np.array(part) for name, part in answer.items()})
    return to_frame(*simulate(chain, n_sequences, length, seed))


#: name of the table -> what makes it
TABLES = {"toy_hmm.tsv": make_toy_data, "mystery.tsv": make_mystery}

#: name of the checkpoint -> the training that makes it
CHECKPOINTS: dict[str, Callable[[], torch.nn.Module]] = {
    **{
        f"toy_{seed}": lambda seed=seed: train_simulated(TOY, hidden_size=10, window=20, batch=250, seed=seed)
        for seed in range(N_TOY)
    },
    **{f"workshop_{seed}": lambda seed=seed: train_workshop(seed) for seed in range(N_WORKSHOP)},
    **{
        f"sticky_{seed}": lambda seed=seed: train_simulated(STICKY, hidden_size=16, window=100, batch=100, seed=seed)
        for seed in range(N_STICKY)
    },
    **{f"letters_{seed}": lambda seed=seed: train_letters(seed) for seed in range(1, N_LETTERS)},
    **{f"rrxor_{seed}": lambda seed=seed: train_rrxor(seed) for seed in range(1, N_LETTERS)},
    **{
        f"both_{seed}": lambda seed=seed: train_simulated(STICKY, 16, window=100, batch=100, seed=seed, both=True)
        for seed in range(3)
    },
    **{f"transformer_{seed}": lambda seed=seed: train_transformer(seed) for seed in range(5)},
    "codons_causal_0": lambda: train_codons(bidirectional=False, keep_families=False),
    "codons_both_0": lambda: train_codons(bidirectional=True, keep_families=False),
    "codons_families_0": lambda: train_codons(bidirectional=True, keep_families=True),
}


def main(names: list[str]) -> None:
    if names == ["--list"]:
        return print(*TABLES, *CHECKPOINTS, sep="\n")
    unknown = set(names) - TABLES.keys() - CHECKPOINTS.keys()
    if unknown:
        sys.exit(f"no such thing to make: {', '.join(sorted(unknown))} (--list names them)")
    (DATA / "checkpoints").mkdir(exist_ok=True)
    for name in TABLES.keys() & set(names or TABLES):
        write_sequences(TABLES[name](), DATA / name)
    for name in names or CHECKPOINTS:
        if name in CHECKPOINTS:
            print("training", name, flush=True)
            save_checkpoint(CHECKPOINTS[name](), DATA / "checkpoints" / f"{name}.pt")


if __name__ == "__main__":
    main(sys.argv[1:])
