"""From a FASTA file to a table of segments: the two-state HMM on real genomes (notebook 08).

As a command:  python -m course_utils.genome my.fasta --out segments.tsv
"""

from course_utils.genome.chain import fit_genome
from course_utils.genome.command import main
from course_utils.genome.fasta import UNKNOWN, codes, read_fasta
from course_utils.genome.table import gc_windows, segment_fasta, segments, state_names

__all__ = [
    "UNKNOWN",
    "codes",
    "fit_genome",
    "gc_windows",
    "main",
    "read_fasta",
    "segment_fasta",
    "segments",
    "state_names",
]
