"""From a FASTA file to a table of segments; as a command: python -m course_utils.genome my.fasta --out segments.tsv"""

# ruff: noqa: F401
from course_utils.genome.command import main
from course_utils.genome.fasta import UNKNOWN, codes, read_fasta
from course_utils.genome.segmentation import fit_genome, segment_fasta, segments
