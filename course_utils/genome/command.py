"""The command `python -m course_utils.genome`: the table of segments, and what to know before one believes it."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from course_utils.commands import command, say
from course_utils.files import refuse_target, write_whole
from course_utils.genome.chain import bic, fit_genome, fitted_letters, gc_shares, n_free
from course_utils.genome.fasta import doubts, read_fasta
from course_utils.genome.table import segment_records, state_names
from course_utils.hmm import HMM, log_likelihood

DESCRIPTION = """\
Cut a genome into segments that are rich or poor in G and C. A hidden Markov chain is fitted to all records of a
FASTA file, and each record is read with it. The fitted chain is printed: look at it before you use the table."""

COLUMNS = """\
the table has one line for each segment, with tabs between the columns:
  record      name of the record: the first word after '>'
  start, end  first and last position; positions count from 1, and both ends are included
  state       H is the state with more G and C, L the other one. With another number of states: S1, S2, ...,
              from the highest share of G and C to the lowest. These are only names: the chain knows no genes.
              '-': the record has no known letter, so there is no state to name.
  length      number of letters, known or not: end - start + 1
  gc          share of G and C among the known letters (A, C, G, T) of the segment; NA if there are none
  posterior   mean probability of the state over the segment, if the fitted chain is right; NA if there is no state

example:
  record                       start  end    state  length  gc      posterior
  gi|9626243|ref|NC_001416.1|  177    22499  H      22323   0.5669  0.9961"""


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns: the exit status, as `command` describes it."""
    asked = _parser().parse_args(arguments)
    from_stdin, to_stdout = asked.fasta in ("-", "/dev/stdin"), asked.out in ("-", "/dev/stdout")
    progress = asked.progress or sys.stderr.isatty()
    if not to_stdout:  # before minutes of work, not after them
        _refuse_out(asked.out, 0 if from_stdin else asked.fasta, asked.force)

    def tell(line: str) -> None:
        print(line, file=sys.stderr if to_stdout else sys.stdout, flush=True)

    records = _read_stdin() if from_stdin else read_fasta(asked.fasta)
    for doubt in doubts(records):
        say(f"warning: {doubt}")
    chain = _choose_chain(list(records.values()), asked.states, asked.seed, progress, tell)
    table = segment_records(records, chain, progress=progress)
    text = table.to_csv(sep="\t", index=False, float_format="%.4f", na_rep="NA", lineterminator="\n")
    if to_stdout:
        print(text, end="")
    else:
        write_whole(asked.out, text)
    tell(f"{len(table)} segments of {len(records)} record(s) in {'the table' if to_stdout else asked.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m course_utils.genome", None, DESCRIPTION, COLUMNS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("fasta", help="a FASTA file of DNA, plain or gzip; - for standard input")
    parser.add_argument(
        "--out", default="segments.tsv", help="the table; - for standard output (default: segments.tsv)"
    )
    parser.add_argument("--force", action="store_true", help="replace the table if it is there already")
    parser.add_argument("--states", type=int, default=2, help="states of the chain (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="where the search for the chain starts (default: 0)")
    parser.add_argument("--progress", action="store_true", help="show bars even where stderr is not a terminal")
    return parser


def _refuse_out(out: str, source: str | int, force: bool) -> None:
    """Raises: ValueError or OSError if the table may not, or cannot, be written there."""
    refuse_target(out)
    if os.path.exists(out):
        if os.path.samefile(source, out):
            raise ValueError(f"{out} is the FASTA file itself; give the table another name")
        if not force:
            raise ValueError(f"{out} is there already; --force replaces it")


def _read_stdin() -> dict[str, str]:
    """`read_fasta` for standard input, which is put into a file first."""
    with TemporaryDirectory() as folder, open(0, "rb", closefd=False) as stdin:
        path = Path(folder, "standard input")
        write_whole(path, stdin.read())
        try:
            return read_fasta(path)
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), path.name)) from None


def _choose_chain(sequences: list[str], n: int, seed: int, progress: bool, tell: Callable[[str], None]) -> HMM:
    """The fitted chain of n states, or of one state where the letters do not speak for more; it tells which and why."""
    letters = fitted_letters(sequences)
    n_letters, same = sum(map(len, letters)), "the table has one segment for each record, of state S1"
    kinds = "two kinds" if n == 2 else f"{n} kinds"
    # Ten observations for each number is a rule of thumb of statistics. Fewer than two letters `fit_genome` refuses.
    if n > 1 and 1 < n_letters < 10 * n_free(n):
        say(
            f"warning: {n_letters} known letters are too few to find {kinds} of stretches: a chain of {n} states has "
            f"{n_free(n)} free numbers, and each needs about ten letters; {same}"
        )
        n = 1
    with tqdm(desc="fitting", unit=" steps", disable=not progress) as bar:

        def on_step(climb: int, log_likelihood: float) -> None:
            bar.set_description(f"fitting, climb {climb}", refresh=False)
            bar.update()

        chain = fit_genome(sequences, n, seed=seed, on_step=on_step)
    tell(f"chain fitted to {n_letters:,} letters:\nstate  GC share  mean run (letters)")
    with np.errstate(divide="ignore"):
        runs = 1 / (1 - chain.transition.diagonal())
    for name, gc, run in zip(state_names(n), gc_shares(chain), runs, strict=True):
        tell(f"{name:5}  {gc:8.3f}  {f'{run:,.0f}' if np.isfinite(run) else 'no end':>18}")
    if n == 1:
        return chain
    alone = fit_genome(sequences, 1, n_starts=1)
    fits = [sum(log_likelihood(c, x) for x in letters) for c in (chain, alone)]
    tell(f"log-likelihood {fits[0]:,.1f}; of a chain of one state {fits[1]:,.1f}")
    gain = bic(fits[1], 1, n_letters) - bic(fits[0], n, n_letters)
    if gain > 0:
        tell(f"{n} states describe these letters better than one: BIC is lower by {gain:,.1f} (10 is strong evidence)")
        return chain
    say(
        f"warning: found no {kinds} of stretches: {n} states describe these letters no better than one "
        f"(BIC is higher by {-gain:,.1f}); {same}"
    )
    return alone
