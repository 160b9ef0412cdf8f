"""How long does the course's code take, and how long do others take for the same work?

Usage: python benchmarks/bench.py [--rows 2,6] [--quick] [--all] [--out FOLDER]        (or: make bench)
One function a row. Each makes the data, says what is timed, and when the two have given the same answer.
"""

import argparse
import os
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import race
import report
import rivals
import torch
from genomes import long_sequence, same_segments, write_genome
from harness import THREAD_SETTINGS, Line, Times, compare, run_child

from course_utils import DATA, encoding, evaluation, genome, hmm
from course_utils.datasets import read_sequences
from course_utils.hmm.baum_welch import random_chain
from course_utils.prediction import predict
from course_utils.training import load_checkpoint

HERE = Path(__file__).resolve().parent
ALPHABETS = [("dna", encoding.NUCLEOTIDES), ("hidden_state", encoding.STATES)]


def same(a, b) -> bool:
    return np.array_equal(a, b)


def close(a, b) -> bool:
    return a.shape == b.shape and np.abs(a - b).max() < 1e-8


def training(quick):
    """1. The course's whole training against the workshop's, until it stays within .002 nats of the filter."""
    rows, n, epochs, seeds = (5, 10, 1, 1) if quick else (50, race.SEQUENCES, 5, 8)
    toy = read_sequences(DATA / "toy_hmm.tsv").iloc[:rows]
    symbols, states = (np.stack([encoding.encode(text, a) for text in toy[column]]) for column, a in ALPHABETS)
    race.course(0, 10)  # warm
    runs = [(race.course(seed, n), race.workshop(seed, symbols, states, epochs)) for seed in range(seeds)]
    ours, theirs = (np.array(which) for which in zip(*runs, strict=True))
    gaps = [f"median {np.median(which):.4f}, worst {which.max():.4f}" for which in (ours[:, 2], theirs[:, 1])]
    assert quick or ours[:, 2].max() <= theirs[:, 1].max(), "the course's worst is as near as the workshop's"
    late = int((theirs[:, 1] >= race.LEVEL).sum())
    remark = (
        f"{seeds} pairs of runs, CPU time. The course's time is its whole training; simulating and cutting its "
        f"sequences takes {np.median(ours[:, 1]):.2f} s more. The workshop's time ends where its gap to the filter "
        f"(KL, nats per position) is below .002 for good; {late} of its {seeds} runs never got there, and count whole. "
        f"Gap in the end: course {gaps[0]}; workshop {gaps[1]}."
    )
    times = Times(ours[:, 0].tolist(), theirs[:, 0].tolist())
    yield Line("train on the toy chain", "the workshop's loop and recipe", times, 60, remark=remark)


def encode(quick):
    """2. A million letters to codes."""
    dna = encoding.decode(np.random.default_rng(0).integers(4, size=10_000 if quick else 1_000_000), "ACGT")
    times = compare(lambda: encoding.encode(dna, "ACGT"), lambda: rivals.encode_seq(dna), same, 1 if quick else 15)
    yield Line("encode 1 Mb of DNA", "`list.index`, letter by letter", times, 50)


def predictions(quick):
    """3. A trained network on many sequences."""
    n, part, repeats = (20, 2, 1) if quick else (1000, 100, 5)
    model = load_checkpoint(DATA / "checkpoints" / "workshop_0.pt")
    dna = [encoding.decode(row, "ACGT") for row in hmm.simulate(hmm.TOY, n, 500, seed=1)[0]]

    def agree(ours, theirs):
        for mine, (states, probabilities) in zip(ours, theirs, strict=False):
            differs = np.array(list(mine.states)) != np.array(list(states))
            if (differs & (np.abs(probabilities[:, 0] - 0.5) > 1e-6)).any():  # a tie may fall either way
                return False
            if np.abs(mine.probabilities - probabilities).max() > 1e-6:
                return False
        return True

    def one_by_one():
        return [rivals.predict(model, text) for text in dna[:part]]

    times = compare(lambda: predict(model, dna), one_by_one, agree, repeats, scale=n / part)
    remark = "The rival reads 100 sequences, and its time is multiplied by 10. They agree to 1e-6: float32."
    yield Line("predict 1000 sequences of 500", "the workshop's, one by one", times, 80, remark=remark)


def null(quick):
    """4. What would coins score? The truth is half H, half L, so every version draws from Binomial(500, 1/2) / 500."""
    n_draws, repeats = (50, 1) if quick else (1000, 7)
    truth = np.arange(500) % 2

    def agree(*scores):  # mean and spread are the binomial's, to five standard errors
        sd = 0.5 / np.sqrt(500)
        means = all(abs(s.mean() - 0.5) < 5 * sd / np.sqrt(n_draws) for s in scores)
        return means and all(abs(s.std() / sd - 1) < 5 / np.sqrt(2 * n_draws) for s in scores)

    versions = {
        "`null_composition`, two binomial numbers a draw": (
            lambda: evaluation.null_composition(truth, truth, n_draws, 0),
            40,
        ),
        "`null_coin`, one binomial number a draw": (lambda: evaluation.null_coin(truth, truth, n_draws, 0), 1000),
    }
    for name, (course, aim) in versions.items():
        times = compare(course, lambda: rivals.random_matches(500, n_draws), agree, repeats)
        yield Line(f"null, 1000 draws of 500: {name}", "the workshop's loop", times, aim)


def sample(quick):
    """5. Draw from the sticky chain."""
    n, part, repeats, chain = (20, 2, 1, hmm.STICKY) if quick else (1000, 100, 5, hmm.STICKY)
    model = rivals.hmmlearn_model(chain)

    def theirs():
        pairs = [model.sample(500, random_state=seed) for seed in range(part)]
        return np.stack([x[:, 0] for x, _ in pairs]), np.stack([z for _, z in pairs])

    def agree(*drawn):  # the shares of changes, and of each symbol in each state, to five standard errors
        for x, z in drawn:
            shares = [(z[:, 1:] != z[:, :-1], 0.01)]
            shares += [(x[z == i] == v, chain.emission[i, v]) for i in range(2) for v in range(4) if (z == i).any()]
            if any(abs(hits.mean() - p) > 5 * np.sqrt(p * (1 - p) / hits.size) for hits, p in shares):
                return False
        return True

    times = compare(lambda: hmm.simulate(chain, n, 500, seed=0), theirs, agree, repeats, scale=n / part)
    remark = "The rival draws 100 sequences, and its time is multiplied by 10."
    yield Line("sample 1000 sequences of 500", "hmmlearn `sample`", times, 80, remark=remark)


def sticky_symbols(n: int, length: int):
    """For rows 6 to 8: symbols (N, L), the same as hmmlearn wants them, and the shape in words."""
    symbols = hmm.simulate(hmm.STICKY, n, length, 1)[0] if n > 1 else long_sequence(hmm.STICKY, length, 1)[None]
    return symbols, rivals.hmmlearn_input(symbols), f"{n} x {length}" if n > 1 else f"one sequence of {length:,}"


def posteriors(shape, aims, repeats):
    """Filter and smoother against both of hmmlearn's implementations."""
    symbols, (x, lengths), shape = sticky_symbols(*shape)
    for implementation, aim in aims.items():
        model = rivals.hmmlearn_model(hmm.STICKY, implementation)
        works = [
            ("filter", hmm.filter_probabilities, "its forward pass", rivals.hmmlearn_filter),
            ("smoother", hmm.smoother_probabilities, "`predict_proba`", type(model).predict_proba),
        ]
        for name, ours, whose, theirs in works:
            course, rival = partial(ours, hmm.STICKY, symbols), partial(theirs, model, x, lengths)
            times = compare(course, rival, lambda a, b: close(a.reshape(b.shape), b), repeats)
            yield Line(f"{name}, {shape}", f"hmmlearn {whose}, {implementation}", times, aim)


def many_sequences(quick):
    """6. Filter and smoother of many sequences."""
    yield from posteriors((40, 50) if quick else (2000, 500), {"log": 2, "scaling": 2}, 1 if quick else 15)


def one_long_sequence(quick):
    """7. Filter and smoother of a single one."""
    yield from posteriors((1, 2000 if quick else 1_000_000), {"log": 2, "scaling": 2}, 1 if quick else 15)


def viterbi(quick):
    """8. The most probable path, both shapes."""
    for shape in [(40, 50), (1, 2000)] if quick else [(2000, 500), (1, 1_000_000)]:
        symbols, (x, lengths), shape = sticky_symbols(*shape)
        model = rivals.hmmlearn_model(hmm.STICKY)

        def agree(ours, theirs, symbols=symbols):  # ties are common: compare how probable the paths are
            ours, theirs = (
                hmm.path_log_probability(hmm.STICKY, symbols, path.reshape(symbols.shape)) for path in (ours, theirs[1])
            )
            return np.allclose(ours, theirs, rtol=1e-10, atol=1e-8)

        course, rival = partial(hmm.viterbi, hmm.STICKY, symbols), partial(model.decode, x, lengths)
        yield Line(f"Viterbi, {shape}", "hmmlearn `decode`", compare(course, rival, agree, 1 if quick else 15), 2)


def climb(quick):
    """9. Baum-Welch on phage lambda from one start, until a step gains less than .001 nats; flat priors."""
    (text,) = genome.read_fasta(DATA / "lambda_phage.fasta").values()
    symbols = encoding.encode(text[:5000] if quick else text, "ACGT")
    start = random_chain(np.bincount(symbols) / len(symbols), n_states=2, stay=0.999, seed=0)
    steps, repeats = (5, 1) if quick else (500, 11)
    for implementation, aim in {"log": 2, "scaling": 2}.items():

        def rival(implementation=implementation):
            model = rivals.hmmlearn_model(start, implementation, n_iter=steps, tol=1e-3)
            return model.fit(symbols[:, None])

        def agree(ours, theirs):
            return abs(hmm.log_likelihood(ours, symbols) - theirs.score(symbols[:, None])) < 0.05

        times = compare(lambda: hmm.fit(symbols, 2, start=start, max_iterations=steps), rival, agree, repeats)
        yield Line("Baum-Welch, phage lambda", f"hmmlearn `fit`, {implementation}", times, aim)


def segment_genome(quick):
    """10. From FASTA file to table of segments, as whole processes, imports included: time and peak memory."""
    plan = {10_000: 1} if quick else {5_000_000: 3, 10_000_000: 1}
    with TemporaryDirectory() as folder:
        fasta, ours, theirs = (Path(folder) / name for name in ("genome.fasta", "ours.tsv", "theirs.tsv"))
        for length, repeats in plan.items():
            write_genome(fasta, length)
            for implementation in ["scaling"] if quick else ["log", "scaling"]:
                aim = 1 if length == 5_000_000 else None
                course = ["-m", "course_utils.genome", str(fasta), "--out", str(ours), "--force"]
                rival = [str(HERE / "segment_hmmlearn.py"), str(fasta), str(theirs), implementation]
                runs = [(run_child(*course), run_child(*rival)) for _ in range(repeats)]
                assert same_segments(ours, theirs), "course and rival find other segments"
                cpu, wall, memory = ([[run[key] for run in who] for who in zip(*runs, strict=True)] for key in CHILD)
                walls = "{:.1f} s and {:.1f} s".format(*map(np.median, wall))
                remark = f"against {implementation}, CPU time and peak memory of the whole process; wall time {walls}."
                work = f"segment a genome of {length / 1e6:g} Mb, file to table"
                rival = f"a script around hmmlearn, {implementation}"
                yield Line(work, rival, Times(*cpu), aim, remark=remark, memory_mb=[max(peaks) for peaks in memory])


CHILD = ("cpu_s", "wall_s", "peak_mb")
ROWS = {
    "1": training, "2": encode, "3": predictions, "4": null, "5": sample, "6": many_sequences, "7": one_long_sequence,
    "8": viterbi, "9": climb, "10": segment_genome,
}  # fmt: skip
NEED_HMMLEARN = {"5", "6", "7", "8", "9", "10"}


def main(arguments=None) -> int:
    if any(os.environ.get(name) != "1" for name in THREAD_SETTINGS):  # libraries read these when they are loaded
        again = os.environ | dict.fromkeys(THREAD_SETTINGS, "1")
        return subprocess.run([sys.executable, __file__, *(arguments or sys.argv[1:])], env=again).returncode
    parser = argparse.ArgumentParser(prog="python benchmarks/bench.py", description="Time the course against others.")
    parser.add_argument("--rows", help="only these, such as 2,6; the others keep what was measured before")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run and agree? No real times")
    parser.add_argument("--all", action="store_true", help="also all notebooks, and `make test` in a clone (long)")
    parser.add_argument("--out", type=Path, help="folder for the results (default: benchmarks; with --quick: none)")
    options = parser.parse_args(arguments)
    chosen = options.rows.split(",") if options.rows else list(ROWS)
    if not set(chosen) <= set(ROWS):
        parser.error(f"rows are {', '.join(ROWS)}; got {options.rows}")
    folder = options.out or (None if options.quick else HERE)
    torch.set_num_threads(1)
    results = report.start(folder)
    for row in chosen:
        if row in NEED_HMMLEARN and not find_spec("hmmlearn"):
            print(f"row {row}: hmmlearn is not installed, left out")
        else:
            results["rows"][row] = []
            for line in ROWS[row](options.quick):
                results["rows"][row].append(line.as_dict())
                print(f"{row:>3}", report.in_words(results["rows"][row][-1]), flush=True)
    if options.all:
        import whole  # needs what runs notebooks

        results["whole"] = whole.measure(HERE.parent)
    if folder:
        report.write(results, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
