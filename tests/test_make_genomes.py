"""The two files of real DNA: their cards, and the extraction on small records written by hand."""

import gzip
import hashlib
import importlib.util
import io
import re
from collections import Counter

import pytest
from Bio import SeqIO
from Bio.Seq import Seq

from course_utils import DATA

CARDS = (DATA / "README.md").read_text(encoding="utf-8")

_spec = importlib.util.spec_from_file_location("make_genomes", DATA / "make_genomes.py")
make_genomes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_genomes)


def card(name: str) -> str:
    return re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", CARDS, re.MULTILINE | re.DOTALL).group(1)


def share(count: int, total: int) -> str:
    return f"{count / total:.3f}".removeprefix("0")


def gc(dna: str) -> str:
    return share(dna.count("G") + dna.count("C"), len(dna))


# The files and their cards


def test_lambda_card_states_what_is_measured():
    text, content = card("lambda_phage.fasta"), (DATA / "lambda_phage.fasta").read_bytes().decode("ascii")
    header, *lines = content.split("\n")
    dna, half = "".join(lines), len("".join(lines)) // 2
    assert header.startswith(">") and header.count("NC_001416.1") == 1 and ">" not in dna
    assert {*map(len, lines[:-3])} == {70} and lines[-2:] == ["", ""] and "\r" not in content
    for line in (
        f"The header is the package's: `{header}`.",
        f"| length | {len(dna)} nucleotides, A, C, G and T only |",
        f"| counts | {', '.join(f'{symbol} {dna.count(symbol)}' for symbol in 'ACGT')} |",
        f"| GC | {gc(dna)}; first half {gc(dna[:half])}, second half {gc(dna[half:])} |",
    ):
        assert line in text
    assert len(dna) == 48502 and set(dna) == set("ACGT")
    assert make_genomes.LAMBDA.digest in text, "the file is its source, unpacked"


@pytest.fixture(scope="module")
def leptospira() -> str:
    return gzip.decompress((DATA / "leptospira_cds.fasta.gz").read_bytes()).decode("ascii")


@pytest.fixture(scope="module")
def genes(leptospira) -> list[tuple[str, str]]:
    lines = leptospira.splitlines()
    return list(zip(lines[::2], lines[1::2], strict=True))


def test_leptospira_genes_are_clean(genes):
    for header, dna in genes:
        codons = [dna[i : i + 3] for i in range(0, len(dna), 3)]
        assert set(dna) == set("ACGT") and len(codons[-1]) == 3, header
        assert [codon in ("TAA", "TAG", "TGA") for codon in codons] == [False] * (len(codons) - 1) + [True], header


def test_leptospira_card_describes_the_headers(genes):
    parts = [re.fullmatch(r">(\S+) (\S+):(\d+)-(\d+)\(([+-])\) \S.*", header).groups() for header, _ in genes]
    tags, contigs, starts, ends, strands = zip(*parts, strict=True)
    assert len(set(tags)) == len(genes), "tags are unique"
    lengths = [int(end) - int(start) + 1 for start, end in zip(starts, ends, strict=True)]
    assert lengths == [len(dna) for _, dna in genes] and min(map(int, starts)) >= 1
    assert (
        f"| records | {len(genes)} coding sequences from {len(set(contigs))} contigs, in the order of the source; "
        f"{strands.count('+')} on the + strand, {strands.count('-')} on the - strand |"
    ) in card("leptospira_cds.fasta.gz")
    hypothetical = sum(header.endswith(") hypothetical protein") for header, _ in genes)
    assert f"{hypothetical} products are called a hypothetical protein" in card("leptospira_cds.fasta.gz")


def test_leptospira_card_states_what_is_measured(genes):
    def counts(codons):
        return ", ".join(f"{codon} {count}" for codon, count in Counter(codons).most_common())

    sequences = [dna for _, dna in genes]
    lengths, dna = [len(sequence) // 3 for sequence in sequences], "".join(sequences)
    proteins = ["M" + str(Seq(sequence).translate(table=11))[1:] for sequence in sequences]
    text = " ".join(card("leptospira_cds.fasta.gz").split())  # a sentence may run over a line's end
    for sentence in (
        f"| codons | {sum(lengths)}, the {len(genes)} stop codons among them |",
        f"| lengths | {min(lengths)} to {max(lengths)} codons |",
        f"| GC | {gc(dna)} |",
        f"Its stop codons: {counts(sequence[-3:] for sequence in sequences)}.",
        f"whatever it means elsewhere: {counts(sequence[:3] for sequence in sequences)}.",
        f"{len(genes) - len(set(sequences))} sequences are copies of an earlier one (a transposase stands there "
        f"{Counter(sequences).most_common(1)[0][1]} times), "
        f"{len(genes) - len(set(proteins))} proteins of an earlier protein",
    ):
        assert sentence in text


def test_files_are_packed_without_name_and_time(leptospira):
    packed = make_genomes.gzipped(leptospira[:10_000])
    assert gzip.decompress(packed).decode("ascii") == leptospira[:10_000]
    # The rest depends on the version of zlib: https://www.rfc-editor.org/rfc/rfc1952#section-2.3
    assert (
        packed[:10] == (DATA / "leptospira_cds.fasta.gz").read_bytes()[:10] == b"\x1f\x8b\x08" + bytes(5) + b"\x02\xff"
    )


# The extraction


def genbank(dna: str, *features: tuple[str, str]) -> str:
    """A GenBank record HAND.1 with coding sequences: (location, lines of qualifiers)."""
    table = [
        f"     CDS             {location}\n" + "".join(f"{'':21}/{line}\n" for line in qualifiers.splitlines())
        for location, qualifiers in features
    ]
    origin = [
        f"{start + 1:9} " + " ".join(dna[i : i + 10] for i in range(start, min(start + 60, len(dna)), 10)) + "\n"
        for start in range(0, len(dna), 60)
    ]
    return (
        f"LOCUS       {'HAND':16} {len(dna):11} bp    DNA     linear   BCT 01-JAN-2000\n"
        "ACCESSION   HAND\nVERSION     HAND.1\nFEATURES             Location/Qualifiers\n"
        f"{''.join(table)}ORIGIN\n{''.join(origin)}//\n"
    )


def extract(dna: str, *features: tuple[str, str]):
    records = SeqIO.parse(io.StringIO(genbank(dna, *features)), "genbank")
    return make_genomes.clean_coding_sequences(records)


def test_plus_strand():
    assert extract("ccatggcctaacc", ("3..11", 'locus_tag="A_1"\nproduct="a tiny protein"')) == (
        [("A_1 HAND.1:3-11(+) a tiny protein", "ATGGCCTAA")],
        Counter(),
    )


def test_minus_strand():
    """The reverse complement of TTGAAATAG; a start codon that is not ATG is kept."""
    clean, skipped = extract("ggctatttcaagg", ("complement(3..11)", 'locus_tag="A_2"\nproduct="another one"'))
    assert clean == [("A_2 HAND.1:3-11(-) another one", "TTGAAATAG")] and not skipped


@pytest.mark.parametrize(
    ("reason", "dna", "location"),
    [
        ("joined", "atggccaaataa", "join(1..6,7..12)"),
        ("joined", "atggccaaataa", "complement(join(1..6,7..12))"),
        ("partial", "atggcctaa", "<1..9"),
        ("partial", "atggcctaa", "1..>9"),
        ("partial", "ttaggccat", "complement(<1..9)"),
        ("length", "atggcctaaa", "1..10"),
        ("symbols", "atgnnntaa", "1..9"),
        ("no stop", "atggccgcc", "1..9"),
        ("internal stop", "atgtaagcctaa", "1..12"),
        ("internal stop", "atggcctaatga", "1..12"),
    ],
)
def test_what_is_skipped(reason, dna, location):
    assert extract(dna, (location, 'locus_tag="A_3"')) == ([], Counter([reason]))
    assert reason in make_genomes.SKIPPED


def test_a_pseudogene_is_skipped_and_a_pseudouridine_synthase_is_not():
    clean, skipped = extract(
        "atggcctaaatgaaataa",
        ("1..9", 'locus_tag="A_5"\npseudo'),
        ("10..18", 'locus_tag="A_6"\nproduct="pseudouridine synthase"'),
    )
    assert clean == [("A_6 HAND.1:10-18(+) pseudouridine synthase", "ATGAAATAA")]
    assert skipped == Counter(["pseudogene"])
    assert extract("atggcctaa", ("1..9", 'pseudogene="unprocessed"'))[1] == Counter(["pseudogene"])


def test_a_gene_without_a_name_is_refused():
    with pytest.raises(ValueError, match=r"HAND\.1:1-9 has no locus_tag"):
        extract("atggcctaa", ("1..9", 'product="nameless"'))


def test_another_genetic_code_is_refused():
    """In code 4 TGA means tryptophan."""
    assert extract("atggcctaa", ("1..9", 'locus_tag="A"\ntransl_table=11'))[0]
    with pytest.raises(ValueError, match=r"HAND\.1: a coding sequence in genetic code 4"):
        extract("atggcctaa", ("1..9", 'locus_tag="A"\ntransl_table=4'))


# The command


@pytest.fixture
def sources(monkeypatch, tmp_path):
    """A folder with two small sources, which the script takes for the true ones; it writes to tmp_path/target."""
    folder, target = tmp_path / "sources", tmp_path / "target"
    folder.mkdir()
    target.mkdir()
    texts = {"LAMBDA": ">phage\nACGT\n\n", "LEPTOSPIRA": genbank("atggcctaa", ("1..9", 'locus_tag="A"'))}
    for name, text in texts.items():
        source = getattr(make_genomes, name)
        (folder / source.path.rpartition("/")[2]).write_bytes(gzip.compress(text.encode("ascii")))
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()
        monkeypatch.setattr(make_genomes, name, source._replace(digest=digest))
    monkeypatch.setattr(make_genomes, "DATA", target)
    return folder


def made(sources) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (sources.parent / "target").iterdir()}


EXPECTED = {"lambda_phage.fasta": b">phage\nACGT\n\n", "leptospira_cds.fasta.gz": b">A HAND.1:1-9(+)\nATGGCCTAA\n"}


def test_from_a_folder(sources, capsys):
    make_genomes.main(["--from", str(sources)])
    files = made(sources)
    files["leptospira_cds.fasta.gz"] = gzip.decompress(files["leptospira_cds.fasta.gz"])
    assert files == EXPECTED
    assert capsys.readouterr().out.startswith("1 clean coding sequences; skipped 0: joined 0, partial 0, ")


@pytest.mark.parametrize(
    ("name", "package"), [("lambda_virus.fa.gz", "bowtie2-examples"), ("test.gbk.gz", "any2fasta-examples")]
)
def test_a_folder_without_a_source(sources, name, package):
    (sources / name).unlink()
    with pytest.raises(SystemExit, match=f"there is no {re.escape(name)} in .*{package}"):
        make_genomes.main(["--from", str(sources)])
    assert not made(sources)
