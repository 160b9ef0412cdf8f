"""genome.py: FASTA files against Biopython, segments against every path written out, the command against all odds."""

import gzip
import itertools
import os
import re
import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from Bio import SeqIO
from Bio.Data.IUPACData import ambiguous_dna_letters
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from course_utils import DATA
from course_utils.encoding import decode, encode
from course_utils.genome import (
    UNKNOWN,
    codes,
    fit_genome,
    main,
    read_fasta,
    segment_fasta,
    segments,
)
from course_utils.genome.segmentation import fitted_letters, state_names
from course_utils.hmm import (
    HMM,
    fit,
    log_likelihood,
    path_log_probability,
    simulate,
    smoother_probabilities,
    viterbi,
)

ROOT = Path(__file__).parent.parent
LETTERS = ambiguous_dna_letters + ambiguous_dna_letters.lower()
quick = settings(max_examples=60, deadline=None)

#: islands of G and C in a sea of A and T
ISLANDS = HMM([0.5, 0.5], [[0.995, 0.005], [0.01, 0.99]], [[0.15, 0.35, 0.35, 0.15], [0.35, 0.15, 0.15, 0.35]])


def simulated(length, seed=0):
    return decode(simulate(ISLANDS, 1, length, seed)[0][0], "ACGT")


def random_chain(seed, n_states, zeros=False):
    random = np.random.default_rng(seed)

    def rows(n, k):
        weights = random.dirichlet(np.ones(k), n) * (random.random((n, k)) < (0.7 if zeros else 1))
        weights[np.arange(n), random.integers(k, size=n)] += 0.1
        return weights / weights.sum(-1, keepdims=True)

    return HMM(rows(1, n_states)[0], rows(n_states, n_states), rows(n_states, 4))


# ---- read_fasta


@st.composite
def fasta_texts(draw):
    """A good FASTA file with records, blank lines, descriptions, and lines of any width."""
    word = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=6)
    names = draw(st.lists(word.filter(lambda name: not name.isspace()), min_size=1, max_size=4, unique=True))
    blank = st.sampled_from(["", "", "\n", " \n", "\n\n"])
    text = draw(blank) if draw(st.booleans()) else ""
    for name in names:
        text += f">{name}{draw(st.sampled_from(['', ' ', ' of a phage', '  > two', chr(9) + 'x']))}\n" + draw(blank)
        rest = draw(st.text(LETTERS, min_size=1, max_size=60))
        while rest:
            width = draw(st.integers(1, 30))
            text += rest[:width] + "\n" + draw(blank)
            rest = rest[width:]
    return text[:-1] if draw(st.booleans()) else text


@settings(max_examples=100, deadline=None)
@given(fasta_texts(), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_a_good_file_says_the_same_to_us_and_to_biopython(tmp_path_factory, text, end, bom, gz):
    path = tmp_path_factory.getbasetemp() / "good.fa"
    content = text.replace("\n", end).encode("utf-8-sig" if bom else "utf-8")
    path.write_bytes(gzip.compress(content, compresslevel=1) if gz else content)
    theirs = {record.id: str(record.seq).strip().upper() for record in SeqIO.parse(StringIO(text.lstrip()), "fasta")}
    assert list(read_fasta(path).items()) == list(theirs.items())


@pytest.mark.parametrize("name", ["lambda_phage.fasta", "leptospira_cds.fasta.gz"])
def test_the_files_of_the_course_say_the_same_to_us_and_to_biopython(name):
    with (gzip.open if name.endswith("gz") else open)(DATA / name, "rt") as file:
        assert read_fasta(DATA / name) == {record.id: str(record.seq).upper() for record in SeqIO.parse(file, "fasta")}


GOOD = b">one first\nACGT\nNRY\n>two\nacgt\n"
BAD = {
    "empty": (b"", ": the file is empty"),
    "protein": (b">p\nACGT\nMKLV\n", r", line 3: 'L' is not a letter of DNA; is this a protein\?"),
    "protein with its stop": (b">p\nACG*\n", r", line 2: '\*' is not a letter of DNA; is this a protein\?"),
    "RNA, lower case": (b">r\nacgu\n", r", line 2: 'u' is not a letter of DNA; is this RNA\?"),
    "alignment": (GOOD + b">three\nAC--GT\n", r", line 7: '-' is not a letter of DNA; is this an alignment\?"),
    "digits": (b">d\nACGT\n61 acgt\n", ", line 3: '6' is not a letter of DNA"),
    "a letter that folds to S": (">d\nACſ\n".encode(), ", line 2: 'ſ' is not a letter of DNA"),
    "a letter that folds to K": (">d\nAC\N{KELVIN SIGN}\n".encode(), ", line 2: '\N{KELVIN SIGN}' is not a letter"),
    "Windows line ends": (b">d\r\nAC\r\n\r\nAX\r\n", ", line 4: 'X' is not a letter of DNA"),
    "no header": (b"ACGT\nACGT\n", ", line 1: a FASTA file begins with '>'; this line is 'ACGT'"),
    "GenBank": (
        b"LOCUS       NC_001416  48502 bp\n",
        ", line 1: a FASTA file begins with '>'; .* 'LOCUS       NC_00141'",
    ),
    "header only": (b">alone\n", ": record 'alone' has a header but no sequence; is the file cut off"),
    "cut off in the last header": (GOOD + b">thr", ": record 'thr' has a header but no sequence; is the file cut off"),
    "a record without sequence": (b">a\n\n>b\nACGT\n", ": record 'a' has a header but no sequence"),
    "two of one name": (GOOD + b">one again\nACGT\n", ", line 6: a second record is called 'one'"),
    "header of spaces": (b"> \t\nACGT\n", ", line 1: a header without a name"),
    "not UTF-8": (b">\xe9\nACGT\n", r": not a text file \(byte 1 is not UTF-8\)"),
    "gzip, cut off": (gzip.compress(GOOD, mtime=0)[:-9], ": a damaged gzip file"),
    "gzip, of a protein": (gzip.compress(b">p\nMKLV\n", mtime=0), ", line 2: 'L' is not a letter of DNA"),
    "gzip twice": (gzip.compress(gzip.compress(GOOD, mtime=0)), ": not a text file"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_by_name_line_and_reason(tmp_path, what):
    content, message = BAD[what]
    (tmp_path / "bad.fa").write_bytes(content)
    with pytest.raises(ValueError, match="bad.fa" + message):
        read_fasta(tmp_path / "bad.fa")


def test_a_missing_file_and_a_folder_are_os_errors(tmp_path):
    for path in (tmp_path / "nowhere.fa", tmp_path):
        with pytest.raises(OSError, match=path.name):
            read_fasta(path)


# ---- codes


@quick
@given(st.text(LETTERS, max_size=80))
def test_codes_are_those_of_encoding_and_4_for_every_other_letter_of_dna(sequence):
    expected = [encode(letter, "ACGT")[0] if letter in "ACGT" else 4 for letter in sequence.upper()]
    found = codes(sequence)
    assert found.dtype == np.int8 and found.tolist() == expected and UNKNOWN == 4


def test_every_character_is_a_letter_of_dna_or_refused():
    for number in [*range(0x250), 0x7FF, 0x212A, 0x2028, 0xD800, 0xDFFF, 0xFF21, 0x1D11E, 0x10FFFF]:
        if chr(number) in LETTERS:
            assert codes(chr(number)).tolist() == ["ACGT".find(chr(number).upper()) % 5]  # -1 % 5 is 4
        else:
            with pytest.raises(ValueError, match=re.escape(f"{chr(number)!r} at position 2 is not a letter of DNA")):
                codes("AC" + chr(number) + "X")


def plain_gc(sequence):
    known = [letter for letter in sequence.upper() if letter in "ACGT"]
    return sum(letter in "GC" for letter in known) / len(known) if known else np.nan


# ---- fit_genome


def same_chain(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("start", "transition", "emission"))


def test_the_chain_that_made_the_genome_is_found_again():
    chain = fit_genome(simulated(20_000), seed=1, n_starts=2)
    np.testing.assert_allclose(chain.emission, ISLANDS.emission, rtol=0, atol=0.03)
    np.testing.assert_allclose(chain.transition, ISLANDS.transition, rtol=0, atol=0.004)


def test_sorting_the_states_changes_no_probability():
    """The same climb without the sorting: the chain may name its states otherwise, and gives the same likelihood."""
    dna = simulated(2000, seed=3)
    for seed in range(4):
        plain = fit(encode(dna, "ACGT"), 3, seed=seed, stay=0.999, n_starts=1, max_iterations=10)
        order = sorted(range(3), key=lambda state: -plain.emission[state, 1:3].sum())
        chain = fit_genome(dna, 3, seed=seed, n_starts=1, max_iterations=10)
        for i, j in itertools.product(range(3), repeat=2):
            assert chain.transition[i, j] == plain.transition[order[i], order[j]]
            assert chain.start[i] == plain.start[order[i]]
            assert (chain.emission[i] == plain.emission[order[i]]).all()


def test_unknown_letters_cut_a_sequence_in_two():
    fit_it = partial(fit_genome, seed=0, n_starts=1, max_iterations=5)
    whole = fit_it([simulated(300), simulated(200, seed=1), "A"])
    assert same_chain(whole, fit_it(simulated(300) + "NNRY" + simulated(200, seed=1) + "nA"))
    assert same_chain(whole, fit_it(["NN" + simulated(300).lower() + "N", "N", "", simulated(200, seed=1), "NA"]))
    assert not same_chain(whole, fit_it(simulated(300) + simulated(200, seed=1) + "A"))


@pytest.mark.parametrize("nothing", ["", [], ["", ""], "NNNN", "A", ["N", "CN"]])
def test_nothing_to_fit_to_is_refused(nothing):
    with pytest.raises(ValueError, match="nothing to fit to: fewer than two known letters"):
        fit_genome(nothing)


def test_of_a_long_genome_stretches_spread_evenly_are_read():
    dna = decode(np.random.default_rng(0).integers(4, size=5000), "ACGT")
    pieces = [decode(piece, "ACGT") for piece in fitted_letters(dna, most=1013)]
    places = [dna.index(piece) for piece in pieces]  # fifty random letters stand in one place only
    assert {len(piece) for piece in pieces} == {50} and len(pieces) == 20
    assert places[0] == 0 and places[-1] == 4950 and np.ptp(np.diff(places)) <= 1
    assert [decode(piece, "ACGT") for piece in fitted_letters(dna, most=5000)] == [dna]


@quick
@given(st.lists(st.text("ACGTN", max_size=60), max_size=6), st.integers(1, 300))
@example(["ACGT" + "N" * 500 + "GGG"], 20)
def test_no_more_is_read_than_asked_for_and_nothing_across_a_cut(sequences, most):
    runs = [run for sequence in sequences for run in sequence.split("N") if run]
    read = [decode(piece, "ACGT") for piece in fitted_letters(sequences, most)]
    assert read == runs or (sum(map(len, read)) <= most and all(any(piece in run for run in runs) for piece in read))
    assert read == runs or sum(map(len, runs)) + len(runs) > most - len(sequences)


# ---- segments


def path_of(table, n_states):
    names = state_names(n_states)
    return np.repeat([names.index(state) for state in table["state"]], table["length"])


def check_table(table, sequence):
    """What holds for every table of segments, whatever the chain."""
    assert list(table) == ["start", "end", "state", "length", "gc", "posterior"]
    assert table["start"].iloc[0] == 1 and table["end"].iloc[-1] == len(sequence)
    assert (table["start"].to_numpy()[1:] == table["end"].to_numpy()[:-1] + 1).all()
    assert (table["length"] == table["end"] - table["start"] + 1).all() and table["length"].min() >= 1
    assert (table["state"].to_numpy()[1:] != table["state"].to_numpy()[:-1]).all()
    gc = [plain_gc(sequence[start - 1 : end]) for start, end in zip(table["start"], table["end"], strict=True)]
    np.testing.assert_allclose(table["gc"], gc, rtol=1e-12)
    assert table["posterior"].between(0, 1 + 1e-12).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 3), st.booleans(), st.text(LETTERS, min_size=1, max_size=7))
@example(2, 2, False, "ACGTacg")
@example(3, 2, False, "ANNNNNC")
def test_segments_are_the_best_of_all_paths_and_unknown_letters_say_nothing(seed, n_states, zeros, sequence):
    assume(any(letter in "ACGT" for letter in sequence.upper()))
    chain = random_chain(seed, n_states, zeros)
    paths = np.array(list(itertools.product(range(n_states), repeat=len(sequence))))
    weights = chain.start[paths[:, 0]] * chain.transition[paths[:, :-1], paths[:, 1:]].prod(1)
    for t, letter in enumerate(sequence.upper()):
        if letter in "ACGT":  # of anything else the chain has seen nothing
            weights = weights * chain.emission[paths[:, t], "ACGT".index(letter)]
    if not weights.any():
        with pytest.raises(ValueError, match="the chain cannot produce"):
            segments(chain, sequence)
        return
    table = segments(chain, sequence)
    check_table(table, sequence)
    path = path_of(table, n_states)
    assert weights[(paths == path).all(1)] == pytest.approx(weights.max(), rel=1e-9)
    of_path = [weights[paths[:, t] == state].sum() / weights.sum() for t, state in enumerate(path)]
    means = [np.mean(of_path[start - 1 : end]) for start, end in zip(table["start"], table["end"], strict=True)]
    np.testing.assert_allclose(table["posterior"], means, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_states", [1, 2, 3, 5])
def test_segments_of_a_long_sequence_are_the_runs_of_viterbi_and_means_of_the_smoother(n_states):
    chain, dna = random_chain(5, n_states), simulated(5000)
    chain = HMM(chain.start, 0.98 * np.eye(n_states) + 0.02 * chain.transition, chain.emission)
    table, x = segments(chain, dna), encode(dna, "ACGT")
    check_table(table, dna)
    path = path_of(table, n_states)
    best = path_log_probability(chain, x, viterbi(chain, x))
    assert path_log_probability(chain, x, path) == pytest.approx(best, rel=1e-12)
    of_path = smoother_probabilities(chain, x)[np.arange(5000), path]
    means = [run.mean() for run in np.split(of_path, np.flatnonzero(np.diff(path)) + 1)]
    np.testing.assert_allclose(table["posterior"], means, rtol=1e-9)
    assert len(table) > 10 * (n_states - 1)


@pytest.mark.parametrize("stay", [0.1, 0.99])
def test_where_no_letter_is_known_no_state_is_named(stay):
    chain = HMM([0.9, 0.1], [[stay, 1 - stay], [1 - stay, stay]], ISLANDS.emission)
    (row,) = segments(chain, "NNRY").to_dict("records")
    assert [row[name] for name in ("start", "end", "state", "length")] == [1, 4, "-", 4]
    assert np.isnan(row["gc"]) and np.isnan(row["posterior"])


@pytest.mark.parametrize(
    ("chain", "sequence", "message"),
    [
        (ISLANDS, "", "needs a sequence and a chain of 4 letters; got 0"),
        (ISLANDS, "ACGX", "'X' at position 3 is not a letter of DNA"),
        (HMM([1], [[1]], [[0.5, 0.5, 0, 0]]), "ACANG", "position 4: the chain cannot produce this symbol here"),
        (HMM([1], [[1]], [[0.5, 0.5]]), "AC", "got 2 and 2"),
    ],
)
def test_what_cannot_be_segmented_is_refused(chain, sequence, message):
    with pytest.raises(ValueError, match=message):
        segments(chain, sequence)


def test_lambda_has_its_gc_rich_left_arm():
    """Known since Skalka, Burgi and Hershey (1968), from broken DNA: the left half, or nearly, is rich in GC."""
    ((name, dna),) = read_fasta(DATA / "lambda_phage.fasta").items()
    table = segment_fasta(DATA / "lambda_phage.fasta", hmm=fit_genome(dna, n_starts=1))
    longest = table.loc[table["length"].idxmax()]
    assert longest["state"] == "H" and longest["start"] < 500 and 21_500 < longest["end"] < 23_000
    assert table["record"].unique().tolist() == [name] == ["gi|9626243|ref|NC_001416.1|"]


# ---- segment_fasta and the command

RECORDS = {"one": simulated(600), "two": "NN" + simulated(150, seed=1).lower() + "R", "three": "ACG"}


@pytest.fixture
def fasta(tmp_path):
    (tmp_path / "small.fa").write_text("".join(f">{name} x\n{dna}\n" for name, dna in RECORDS.items()))
    return tmp_path / "small.fa"


def test_one_chain_is_fit_to_all_records_and_reads_each(fasta):
    chain = fit_genome(list(RECORDS.values()), seed=4)
    for table in (segment_fasta(fasta, seed=4), segment_fasta(fasta, hmm=chain)):
        assert table.columns[0] == "record" and table["record"].unique().tolist() == list(RECORDS)
        assert table.index.tolist() == list(range(len(table)))
        for name, dna in RECORDS.items():
            rows = table[table["record"] == name].drop(columns="record").reset_index(drop=True)
            pd.testing.assert_frame_equal(rows, segments(chain, dna))


def run(capsys, *words):
    """(exit code, stdout, lines of stderr)."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err.splitlines()


def written(path, **records):
    path.write_text("".join(f">{name}\n{dna}\n" for name, dna in records.items()))
    return path


#: three kinds of stretches, of about 50 letters each
THREE = HMM(
    [1, 0, 0], 0.97 * np.eye(3) + 0.01, [[0.02, 0.48, 0.48, 0.02], [0.48, 0.02, 0.48, 0.02], [0.48, 0.02, 0.02, 0.48]]
)


@pytest.mark.parametrize(("made_by", "n_states"), [(ISLANDS, 2), (THREE, 3)])
def test_the_command_writes_the_table_of_segment_fasta(tmp_path, capsys, made_by, n_states):
    one, two = (decode(row, "ACGT") for row in simulate(made_by, 2, 600, seed=0)[0])
    fasta, out = written(tmp_path / "small.fa", one=one, two=two.lower() + "NR"), tmp_path / "table.tsv"
    code, printed, errors = run(capsys, fasta, "--out", out, "--seed", 2, "--states", n_states)
    expected = segment_fasta(fasta, n_states, seed=2)
    assert (code, errors) == (0, []) and printed.endswith(f"\n{len(expected)} segments of 2 record(s) in {out}\n")
    found = pd.read_csv(out, sep="\t")
    assert set(found["state"]) <= set(state_names(n_states)) and b"\r" not in out.read_bytes()
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=0, atol=5.1e-5, check_dtype=False)
    assert sorted(tmp_path.iterdir()) == [fasta, out]


def test_the_command_as_people_type_it_reads_gzip_and_writes_into_the_working_folder(fasta):
    (fasta.parent / "packed").write_bytes(gzip.compress(fasta.read_bytes()))
    done = typed("packed", cwd=fasta.parent)
    assert done.returncode == 0 and done.stdout.endswith("of 3 record(s) in segments.tsv\n"), done.stderr
    found = pd.read_csv(fasta.parent / "segments.tsv", sep="\t")
    assert found["record"].unique().tolist() == list(RECORDS)


def typed(*words, **options):
    """The command in a process of its own, where no bar is to be seen: stderr is no terminal."""
    command = [sys.executable, "-m", "course_utils.genome", *map(str, words)]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, **options
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [(b">a\nMKLV\n", r".*bad\.fa, line 2"), (None, r"\S*/bad\.fa: no such file"), (b">a\nNNNN\n", "nothing to fit")],
)
def test_the_command_refuses_a_bad_file_in_one_line_and_leaves_the_old_table(tmp_path, capsys, content, error):
    path, out = tmp_path / "bad.fa", tmp_path / "out.tsv"
    out.write_text("old")
    if content:
        path.write_bytes(content)
    code, printed, errors = run(capsys, path, "--out", out, "--force")
    assert code == 2 and printed == "" and re.match(f"error: {error}", errors[-1])
    assert out.read_text() == "old" and set(tmp_path.iterdir()) <= {path, out}


def test_the_command_says_in_one_line_where_it_cannot_write(fasta, capsys):
    for out in (fasta.parent / "nowhere" / "x.tsv", fasta / "x.tsv", fasta.parent):
        code, printed, errors = run(capsys, fasta, "--out", out)
        assert code == 2 and printed == "" and len(errors) == 1 and errors[0].startswith("error: ")
        assert out.name in errors[0]
    assert list(fasta.parent.iterdir()) == [fasta]


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_the_fasta_file_is_never_replaced_by_its_table(fasta, capsys, link, force):
    before, out = fasta.read_bytes(), fasta
    if link:
        out = fasta.parent / "other.tsv"
        link(fasta, out)
    code, printed, errors = run(capsys, fasta, "--out", out, *force)
    assert (code, printed) == (2, "") and errors == [
        f"error: {out} is the FASTA file itself; give the table another name"
    ]
    assert fasta.read_bytes() == before


def test_an_old_table_is_replaced_with_force_only_and_refused_before_the_work(fasta, monkeypatch, capsys):
    out = written(fasta.parent / "out.tsv")
    with monkeypatch.context() as patch:
        patch.setattr("course_utils.genome.command.read_fasta", None)  # there is no work without it
        assert run(capsys, fasta, "--out", out) == (2, "", [f"error: {out} is there already; --force replaces it"])
    assert out.read_text() == "" and run(capsys, fasta, "--out", out, "--force")[0] == 0
    assert out.read_text().startswith("record\tstart\t")


def test_standard_input_to_standard_output_is_the_same_table_with_all_words_on_stderr(fasta, capsys):
    out = fasta.parent / "out.tsv"
    _, words, _ = run(capsys, fasta, "--out", out)
    done = typed("-", "--out", "-", input=fasta.read_text())
    assert (done.returncode, done.stdout) == (0, out.read_text())
    assert done.stderr == words.replace(str(out), "the table")


def test_a_file_that_is_read_as_standard_input_is_not_replaced(fasta):
    with open(fasta) as file:
        done = typed("-", "--out", fasta, "--force", stdin=file)
    assert done.returncode == 2 and "is the FASTA file itself" in done.stderr and fasta.read_text().startswith(">one x")


def test_ctrl_c_is_one_line_and_nothing_is_written(fasta, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("course_utils.genome.command.segment_records", interrupted)
    code, _, errors = run(capsys, fasta, "--out", fasta.parent / "x.tsv")
    assert (code, errors) == (130, ["interrupted"]) and list(fasta.parent.iterdir()) == [fasta]


@pytest.mark.parametrize("terminal", [False, True])
def test_bars_of_fit_and_reading_are_on_a_terminal_only(fasta, monkeypatch, capsys, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    err = "".join(run(capsys, fasta, "--out", "-")[2])
    assert ("fitting: " in err, "bp/s" in err) == (terminal, terminal)


# ---- what the command says of chain and records


def test_the_chain_that_made_the_genome_is_printed(tmp_path, capsys):
    """GC .7 and .3, and the mean length of the runs that were drawn."""
    (symbols,), (states_drawn,) = simulate(ISLANDS, 1, 8000, seed=1)
    dna = decode(symbols, "ACGT")
    runs = [[len(list(run)) for state, run in itertools.groupby(states_drawn) if state == k] for k in range(2)]
    _, printed, errors = run(capsys, written(tmp_path / "g.fa", a=dna), "--out", tmp_path / "t.tsv")
    first, _, *states, fits, verdict, _ = printed.splitlines()
    assert first == "chain fitted to 8,000 letters:" and errors == []
    for line, name, gc, lengths in zip(states, "HL", (0.7, 0.3), runs, strict=True):
        found = line.split()
        assert found[0] == name and float(found[1]) == pytest.approx(gc, abs=0.03)
        assert float(found[2]) == pytest.approx(np.mean(lengths), rel=0.25)
    fitted, alone = (float(number) for number in re.findall(r"-[\d.]+", fits.replace(",", "")))
    assert alone == pytest.approx(sum(dna.count(c) * np.log(dna.count(c) / len(dna)) for c in "ACGT"), abs=0.06)
    assert fitted == pytest.approx(log_likelihood(fit_genome(dna), encode(dna, "ACGT")), abs=0.06)
    lower = float(re.search(r"BIC is lower by ([\d,.]+) ", verdict)[1].replace(",", ""))
    assert lower == pytest.approx(2 * (fitted - alone) - 6 * np.log(8000), abs=0.3)  # 9 free numbers against 3


def test_letters_drawn_alike_have_no_two_kinds(tmp_path, capsys):
    dna = decode(np.random.default_rng(0).integers(4, size=1500), "ACGT")
    out = tmp_path / "t.tsv"
    code, printed, errors = run(capsys, written(tmp_path / "g.fa", a=dna, b=dna[:99]), "--out", out)
    assert code == 0 and len(errors) == 1 and "better than one: " not in printed
    assert errors[0].startswith("warning: 2 states describe these letters no better than one")
    table = pd.read_csv(out, sep="\t")
    assert table["length"].tolist() == [1500, 99] and table["state"].tolist() == ["S1", "S1"]


def test_records_that_one_cannot_read_get_a_warning(tmp_path, capsys):
    good = {"a": simulated(200), "b": "ACGT" * 10 + "N" * 40, "c": "ACGT" * 10 + "NNRYSWKM"}
    unknown = {f"n{i}": "ACGT" * 10 + "N" * 41 for i in range(9)}
    errors = run(capsys, written(tmp_path / "g.fa", **good, **unknown), "--out", "-")[2]
    assert "warning: more than half of the letters are unknown in 'n0' (9 such records in all)" in errors


def test_a_record_without_a_known_letter_stands_in_the_table_without_a_state(tmp_path, capsys):
    out = tmp_path / "t.tsv"
    fasta = written(tmp_path / "g.fa", good=simulated(600), nothing="N" * 500)
    assert len(run(capsys, fasta, "--out", out)[2]) == 1
    assert out.read_text().splitlines()[-1].split("\t") == ["nothing", "1", "500", "-", "500", "NA", "NA"]
