"""The command `python -m course_utils.genome`: the table of segments, and what to know before one believes it."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from tqdm import tqdm

from course_utils.commands import command, say
from course_utils.files import refuse_target, write_whole
from course_utils.genome.fasta import parse_fasta, read_fasta
from course_utils.genome.segmentation import fit_genome, fitted_letters, gc_shares, segment_records, state_names
from course_utils.hmm import HMM, log_likelihood

DESCRIPTION = """Cut a genome into segments that are rich or poor in G and C. A hidden Markov chain is fitted to all
records of a FASTA file, and each record is read with it. Look at the fitted chain before you use the table."""
COLUMNS = """\
the table has one line for each segment, with tabs between the columns:
  record      the first word after '>'
  start, end  first and last position; positions count from 1, and both ends are included
  state       H: more G and C, L: less. With other --states: S1, S2, ..., from the most G and C on. -: no known letter
  length      end - start + 1
  gc          share of G and C among the known letters (A, C, G, T) of the segment; NA if there are none
  posterior   mean probability of the state over the segment, if the fitted chain is right"""


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns: the exit status."""
    asked = _parser().parse_args(arguments)
    from_stdin, to_stdout = asked.fasta == "-", asked.out == "-"
    progress = asked.progress or sys.stderr.isatty()
    tell = partial(print, file=sys.stderr if to_stdout else sys.stdout, flush=True)
    if not to_stdout:  # before minutes of work, not after them
        refuse_target(asked.out)
        if os.path.exists(asked.out) and os.path.samefile(0 if from_stdin else asked.fasta, asked.out):
            raise ValueError(f"{asked.out} is the FASTA file itself; give the table another name")
        if os.path.exists(asked.out) and not asked.force:
            raise ValueError(f"{asked.out} is there already; --force replaces it")
    records = parse_fasta(sys.stdin.read(), "standard input") if from_stdin else read_fasta(asked.fasta)
    doubts = {name: _doubt(sequence) for name, sequence in records.items()}
    for doubt in filter(None, dict.fromkeys(doubts.values())):  # one line a reason, however many records
        names = [repr(name) for name in doubts if doubts[name] == doubt]
        say(f"warning: {', '.join(names[:3])}{' and more' * (len(names) > 3)} ({len(names)} in all): {doubt}")
    chain = _choose_chain(list(records.values()), asked.states, asked.seed, progress, tell)
    table = segment_records(records, chain, progress=progress)
    text = table.to_csv(sep="\t", index=False, float_format="%.4f", na_rep="NA", lineterminator="\n")
    print(text, end="") if to_stdout else write_whole(asked.out, text)
    tell(f"{len(table)} segments of {len(records)} record(s) in {'the table' if to_stdout else asked.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m course_utils.genome", description=DESCRIPTION, epilog=COLUMNS)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("fasta", help="a FASTA file of DNA, plain or gzip; - for standard input")
    parser.add_argument("--out", default="segments.tsv", help="the table, or - (default: segments.tsv)")
    parser.add_argument("--force", action="store_true", help="replace the table if it is there already")
    parser.add_argument("--states", type=int, default=2, help="states of the chain (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="where the search for the chain starts (default: 0)")
    parser.add_argument("--progress", action="store_true", help="show bars even where stderr is not a terminal")
    return parser


def _doubt(sequence: str) -> str | None:
    """Why a sequence may not be what a chain of DNA can read."""
    n_known = sum(map(sequence.count, "ACGT"))
    if 3 * n_known < 2 * (len(sequence) - sequence.count("N")):  # a protein has a third of A, C, G and T
        return "many letters other than A, C, G, T and N: is this a protein?"
    return "more than half of the letters are unknown (N, R, Y, ...)" if 2 * n_known < len(sequence) else None


def _choose_chain(sequences: list[str], n: int, seed: int, progress: bool, tell: Callable[[str], None]) -> HMM:
    """The fitted chain of n states, or of one where the letters do not speak for more; it tells which and why."""
    letters = fitted_letters(sequences)
    n_letters, same = sum(map(len, letters)), "the table has one segment for each record, of state S1"
    n_free = n * n - 1 + 3 * n  # all but one number of each row of start, transition and emission
    if n > 1 and 1 < n_letters < 10 * n_free:  # ten for each number: a rule of thumb
        say(f"warning: {n_letters} known letters are too few to fit the {n_free} free numbers of {n} states; {same}")
        n = 1
    with tqdm(desc="fitting", unit=" steps", disable=not progress) as bar:
        chain = fit_genome(sequences, n, seed=seed, on_step=lambda climb, log_likelihood: bar.update())
    tell(f"chain fitted to {n_letters:,} letters:\nstate  GC share  mean run (letters)")
    with np.errstate(divide="ignore"):
        runs = 1 / (1 - chain.transition.diagonal())
    for name, gc, run in zip(state_names(n), gc_shares(chain), runs, strict=True):
        tell(f"{name:5}  {gc:8.3f}  {f'{run:,.0f}' if np.isfinite(run) else 'no end':>18}")
    if n == 1:
        return chain
    alone = fit_genome(sequences, 1, n_starts=1)
    fitted, of_one = (sum(log_likelihood(c, x) for x in letters) for c in (chain, alone))
    gain = 2 * (fitted - of_one) - (n_free - 3) * np.log(n_letters)  # in BIC (Schwarz 1978)
    tell(f"log-likelihood {fitted:,.1f}; of a chain of one state {of_one:,.1f}")
    if gain > 0:
        tell(f"{n} states describe these letters better than one: BIC is lower by {gain:,.1f} (10 is strong evidence)")
        return chain
    say(f"warning: {n} states describe these letters no better than one: BIC is higher by {-gain:,.1f}; {same}")
    return alone
