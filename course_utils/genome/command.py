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
from course_utils.genome.segmentation import fit_genome, fitted_letters, segment_records, state_names
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
    tell = partial(print, file=sys.stderr if to_stdout else sys.stdout, flush=True)
    if not to_stdout:  # before minutes of work, not after them
        refuse_target(asked.out)
        if os.path.exists(asked.out) and os.path.samefile(0 if from_stdin else asked.fasta, asked.out):
            raise ValueError(f"{asked.out} is the FASTA file itself; give the table another name")
        if os.path.exists(asked.out) and not asked.force:
            raise ValueError(f"{asked.out} is there already; --force replaces it")
    records = parse_fasta(sys.stdin.read(), "standard input") if from_stdin else read_fasta(asked.fasta)
    unread = [name for name, sequence in records.items() if 2 * sum(map(sequence.count, "ACGT")) < len(sequence)]
    if unread:
        say(f"warning: more than half of the letters are unknown in {unread[0]!r} ({len(unread)} such records in all)")
    chain = _choose_chain(list(records.values()), asked.states, asked.seed, tell)
    table = segment_records(records, chain, progress=sys.stderr.isatty())
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
    return parser


def _choose_chain(sequences: list[str], n: int, seed: int, tell: Callable[[str], None]) -> HMM:
    """The fitted chain of n states, or of one where the letters do not speak for more; it tells which and why."""
    letters = fitted_letters(sequences)
    n_letters = sum(map(len, letters))
    with tqdm(desc="fitting", unit=" steps", disable=None) as bar:
        chain = fit_genome(sequences, n, seed=seed, on_step=lambda climb, log_likelihood: bar.update())
    tell(f"chain fitted to {n_letters:,} letters:\nstate  GC share  mean run (letters)")
    with np.errstate(divide="ignore"):
        runs = 1 / (1 - chain.transition.diagonal())
    for name, gc, run in zip(state_names(n), chain.emission[:, 1:3].sum(1), runs, strict=True):
        tell(f"{name:5}  {gc:8.3f}  {f'{run:,.0f}' if np.isfinite(run) else 'no end':>18}")
    if n == 1:
        return chain
    alone = fit_genome(sequences, 1, n_starts=1)
    fitted, of_one = (sum(log_likelihood(c, x) for x in letters) for c in (chain, alone))
    more = n * n - 1 + 3 * n - 3  # free numbers: all but one of each row of start, transition and emission
    gain = 2 * (fitted - of_one) - more * np.log(n_letters)  # in BIC (Schwarz 1978)
    tell(f"log-likelihood {fitted:,.1f}; of a chain of one state {of_one:,.1f}")
    if gain > 0:
        tell(f"{n} states describe these letters better than one: BIC is lower by {gain:,.1f} (10 is strong evidence)")
        return chain
    reason = f"{n} states describe these letters no better than one: BIC is higher by {-gain:,.1f}"
    say(f"warning: {reason}; the table has one segment for each record, of state S1")
    return alone
