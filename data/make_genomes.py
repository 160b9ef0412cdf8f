"""Make the two files of data/ that hold real DNA again, out of the Debian packages that ship their sources.

Usage: python data/make_genomes.py [--from FOLDER]     (needs Biopython, which is in the extra `dev`)
Without --from, `apt-get download` fetches the packages (16 MB, so on Debian or Ubuntu). FOLDER holds the two sources:
lambda_virus.fa.gz and test.gbk.gz.
"""

import argparse
import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from Bio import SeqIO
from Bio.SeqFeature import ExactPosition, SeqFeature, SimpleLocation
from Bio.SeqRecord import SeqRecord

from course_utils import DATA
from course_utils.files import write_whole

STOPS = {"TAA", "TAG", "TGA"}  # of the genetic codes 1 and 11
SKIPPED = ("joined", "partial", "length", "symbols", "no stop", "internal stop", "pseudogene")


class Source(NamedTuple):
    """A gzipped file in a Debian package, and the SHA-256 of its text: a later version of the package may differ."""

    package: str
    path: str
    digest: str


LAMBDA = Source(
    "bowtie2-examples",
    "usr/share/doc/bowtie2/examples/reference/lambda_virus.fa.gz",
    "0a04f81952deb68c204e8ae67e0573cb97d348f18ab1b527630d57c294028cf5",
)
LEPTOSPIRA = Source(
    "any2fasta-examples",
    "usr/share/doc/any2fasta/examples/test.gbk.gz",
    "3c2c778983aebb034b32c6b12103ad717b2435e42d4636a1233939815285fb60",
)


def reason_to_skip(feature: SeqFeature, sequence: str) -> str | None:
    """The first of SKIPPED that holds for a coding sequence, or None for a clean one."""
    codons = [sequence[i : i + 3] for i in range(0, len(sequence), 3)]
    if not isinstance(feature.location, SimpleLocation):
        return "joined"
    if not all(isinstance(end, ExactPosition) for end in (feature.location.start, feature.location.end)):
        return "partial"
    if len(sequence) % 3 or not sequence:
        return "length"
    if set(sequence) - set("ACGT"):
        return "symbols"
    if codons[-1] not in STOPS:
        return "no stop"
    if STOPS.intersection(codons[:-1]):
        return "internal stop"
    # The qualifier, not the word: a search for the word would drop every pseudouridine synthase.
    return "pseudogene" if {"pseudo", "pseudogene"} & set(feature.qualifiers) else None


def header_of(feature: SeqFeature, contig: str) -> str:
    """`locus_tag contig:start-end(strand) product`, start and end counted from 1 and both inside."""
    found = feature.qualifiers
    where = f"{contig}:{int(feature.location.start) + 1}-{int(feature.location.end)}"
    name = next((found[key][0] for key in ("locus_tag", "protein_id", "gene") if key in found), None)
    if name is None:
        raise ValueError(f"the coding sequence {where} has no locus_tag, no protein_id and no gene name")
    strand = "-" if feature.location.strand == -1 else "+"
    return " ".join([name, f"{where}({strand})", *found.get("product", [""])[0].split()])


def clean_coding_sequences(records: Iterable[SeqRecord]) -> tuple[list[tuple[str, str]], Counter]:
    """(header, coding strand) of every clean coding sequence, in the order of the records; skipped ones by reason.

    Clean: one interval, both ends known, a length that is a multiple of 3, only A, C, G and T, exactly one stop codon,
    at the end, and not marked as a pseudogene. One that fails twice counts under the first reason of SKIPPED.
    """
    clean, skipped = [], Counter()
    for record in records:
        for feature in (feature for feature in record.features if feature.type == "CDS"):
            code = feature.qualifiers.get("transl_table", ["11"])[0]
            if code not in ("1", "11"):  # others have other stop codons
                raise ValueError(f"{record.id}: a coding sequence in genetic code {code}, but only 1 and 11 are read")
            sequence = str(feature.extract(record.seq)).upper()
            if reason := reason_to_skip(feature, sequence):
                skipped[reason] += 1
            else:
                clean.append((header_of(feature, record.id), sequence))
    return clean, skipped


def to_fasta(sequences: Iterable[tuple[str, str]]) -> str:
    """One line a header, one line a sequence: shorter lines would make the gzipped file larger."""
    return "".join(f">{header}\n{sequence}\n" for header, sequence in sequences)


def gzipped(text: str) -> bytes:
    """Without name and time, so that the same text gives the same bytes (with the same version of zlib)."""
    packed = io.BytesIO()
    # Not gzip.compress: it leaves a byte of the header to the operating system.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(text.encode("ascii"))
    return packed.getvalue()


def read_source(path: Path, source: Source) -> str:
    """The text of a source, if it is the very text that the data cards describe."""
    if not path.is_file():
        raise ValueError(f"there is no {path.name} in {path.parent} (it is in the Debian package {source.package})")
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is no whole gzip file: {error}") from error
    if hashlib.sha256(content).hexdigest() != source.digest:
        raise ValueError(f"{path} is not the file that the data cards describe: its text has another SHA-256")
    return content.decode("ascii")


def download(source: Source, folder: Path) -> Path:
    """Fetch and unpack the package of a source; where the source is then."""
    try:
        subprocess.run(["apt-get", "download", source.package], cwd=folder, check=True)
        subprocess.run(["dpkg-deb", "-x", *folder.glob(f"{source.package}_*.deb"), folder], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ValueError(f"cannot fetch the Debian package {source.package}: {error}. See --from.") from error
    return folder / source.path


def make(lambda_phage: Path, leptospira: Path, target: Path) -> None:
    """Write both files into `target`; neither, if a source is not as expected."""
    phage = read_source(lambda_phage, LAMBDA)
    genome = SeqIO.parse(io.StringIO(read_source(leptospira, LEPTOSPIRA)), "genbank")
    clean, skipped = clean_coding_sequences(genome)
    write_whole(target / "lambda_phage.fasta", phage)
    write_whole(target / "leptospira_cds.fasta.gz", gzipped(to_fasta(clean)))
    reasons = ", ".join(f"{reason} {skipped[reason]}" for reason in SKIPPED)
    print(f"{len(clean)} clean coding sequences; skipped {skipped.total()}: {reasons}")


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="folder", type=Path, help="where lambda_virus.fa.gz and test.gbk.gz are")
    folder = parser.parse_args(words).folder
    try:
        if folder is not None:
            if not folder.is_dir():
                raise ValueError(f"there is no folder {folder}")
            return make(*(folder / Path(source.path).name for source in (LAMBDA, LEPTOSPIRA)), DATA)
        with tempfile.TemporaryDirectory() as temporary:
            make(*(download(source, Path(temporary)) for source in (LAMBDA, LEPTOSPIRA)), DATA)
    except (ValueError, OSError) as error:
        sys.exit(f"Nothing was made: {error}")


if __name__ == "__main__":
    main()
