"""files.py: what is read is what was written, and what is written is there whole or not at all."""

import gzip
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_utils import files
from course_utils.files import read_text, refuse_target, write_whole

ROOT = Path(__file__).parent.parent
UMLAUT = "Zwölf Boxkämpfer\n"
LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"))).filter(
    lambda lines: "".join(lines).strip()
)


@settings(max_examples=200, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_text_comes_back_with_line_feeds_whatever_its_line_ends_mark_or_packing(tmp_path_factory, lines, end, bom, gz):
    path = tmp_path_factory.getbasetemp() / "any.name"
    content = end.join(lines).encode("utf-8-sig" if bom else "utf-8")
    path.write_bytes(gzip.compress(content, compresslevel=1) if gz else content)
    assert read_text(path) == read_text(str(path)) == "\n".join(lines)


def test_line_ends_may_be_mixed_and_an_empty_line_between_two_kinds_stays(tmp_path):
    (tmp_path / "x").write_bytes(b"a\r\nb\rc\nd\r\r\ne\n\r")
    assert read_text(tmp_path / "x") == "a\nb\nc\nd\n\ne\n\n"


def test_a_gzip_file_of_two_parts_is_read_to_its_end(tmp_path):
    (tmp_path / "x").write_bytes(gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0))
    assert read_text(tmp_path / "x") == "one\ntwo\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t\r\n ", "the file is empty"),
        (b"\xef\xbb\xbf\n", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"ACG\xff", r"not a text file \(byte 3 is not UTF-8\)"),
        (UMLAUT.encode("latin-1"), r"not a text file \(byte 2 is not UTF-8\)"),
        (UMLAUT.encode("utf-16"), r"not a text file \(byte 0 is not UTF-8\)"),
        (gzip.compress(b"ACG\xff", mtime=0), r"not a text file \(byte 3 is not UTF-8\)"),
        (gzip.compress(b"ACG", mtime=0) + b"more", "a damaged gzip file"),
        (b"\x1f\x8b", "a damaged gzip file"),
        (b"\x1f\x8b\x07" + gzip.compress(b"ACG", mtime=0)[3:], "a damaged gzip file"),
    ],
)
def test_a_file_that_is_no_text_is_refused_by_name_and_reason(tmp_path, content, message):
    (tmp_path / "bad.txt").write_bytes(content)
    with pytest.raises(ValueError, match=f"bad.txt: {message}"):
        read_text(tmp_path / "bad.txt")


def test_a_gzip_file_that_is_cut_off_anywhere_is_refused(tmp_path):
    content = gzip.compress(UMLAUT.encode())
    for kept in range(len(content)):
        (tmp_path / "cut.gz").write_bytes(content[:kept])
        with pytest.raises(ValueError, match=r"cut\.gz: "):
            read_text(tmp_path / "cut.gz")


def test_a_gzip_file_with_one_changed_bit_is_refused_or_still_says_the_same(tmp_path):
    content, path = gzip.compress(UMLAUT.encode()), tmp_path / "x.gz"
    noticed = 0
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            assert read_text(path) == UMLAUT  # the header's date or its system, which nobody asks for
        except ValueError:
            noticed += 1
    assert noticed >= 8 * (len(content) - 10)  # what the ten bytes of the header hold may not matter


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda rest: b"\x1f\x8b\x08" + rest))
@example(b"\x1f\x8b\x08\x04\0\0\0\0\0\0\xff")
@example(b"\x1f\x8b\x08\x1e" + b"\0" * 20)
def test_any_bytes_are_read_or_refused_with_a_value_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.bytes"
    path.write_bytes(content)
    try:
        assert read_text(path).strip()
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")


def test_what_cannot_be_opened_is_an_os_error(tmp_path):
    for path in (tmp_path / "nowhere.txt", tmp_path):
        with pytest.raises(OSError, match=path.name):
            read_text(path)


def test_a_file_too_large_for_the_memory_is_refused_also_if_only_unpacking_makes_it_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 3_000_000)
    for content, message in [(b"A" * 3_000_001, r"larger than 0\.003 GB"), (bytes(2**24), "when unpacked")]:
        (tmp_path / "x").write_bytes(content if "un" not in message else gzip.compress(content))
        with pytest.raises(ValueError, match=message):
            read_text(tmp_path / "x")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=100) | st.text(max_size=50))
@example("one\ntwo\r\nthree\r")
def test_what_is_written_is_in_the_file_to_the_byte(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "to.the.byte"
    write_whole(path, content)
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode("utf-8"))


@pytest.fixture
def old(tmp_path):
    (tmp_path / "x.txt").write_text("old")
    return tmp_path / "x.txt"


def test_a_file_is_replaced_and_nothing_else_is_left(old):
    write_whole(str(old), "new")
    assert old.read_text() == "new" and list(old.parent.iterdir()) == [old]


class HalfWritten(io.FileIO):
    """A file on a disk with room for half of what is written."""

    def write(self, data):
        super().write(data[: len(data) // 2])
        raise self.error


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt("disk full")])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(old, monkeypatch, error):
    monkeypatch.setattr(HalfWritten, "error", error, raising=False)
    monkeypatch.setattr(files, "open", HalfWritten, raising=False)
    with pytest.raises(type(error), match="disk full"):
        write_whole(old, "new")
    assert old.read_text() == "old" and list(old.parent.iterdir()) == [old]


def test_a_replaced_file_keeps_its_permissions_and_a_new_one_gets_the_usual_ones(old):
    old.chmod(0o640)
    write_whole(old, "new")
    (old.parent / "usual").write_text("x")
    write_whole(old.parent / "new", "x")
    modes = {path.name: path.stat().st_mode & 0o777 for path in old.parent.iterdir()}
    assert modes["x.txt"] == 0o640 and modes["new"] == modes["usual"]


def test_a_link_under_any_name_that_can_be_guessed_is_left_alone(old):
    for name in ("x.txt.partial", "x.txt.tmp", ".x.txt.partial"):
        try:
            (old.parent / name).symlink_to("precious")
        except OSError:
            pytest.skip("links may not be made here")
    (old.parent / "precious").write_text("mine")
    write_whole(old, "new")
    assert (old.parent / "precious").read_text() == "mine" and (old.parent / "x.txt.partial").is_symlink()


def test_a_place_where_no_file_can_be_is_refused_before_anything_is_written(tmp_path):
    assert refuse_target(tmp_path / "new") == (tmp_path / "new").resolve() and not list(tmp_path.iterdir())
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    for name, message in [
        ("no/new", "new cannot be written"),
        ("folder", "not a file"),
        ("circle", "circle"),
        ("x" * 256, "xxx"),
    ]:
        for attempt in (refuse_target, lambda path: write_whole(path, "x")):
            with pytest.raises(OSError, match=message):
                attempt(tmp_path / name)
    write_whole(tmp_path / ("x" * 255), "as long as a name may be")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["circle", "folder", "x" * 255]


def test_text_that_is_no_unicode_leaves_the_old_file(old):
    with pytest.raises(ValueError, match="surrogates"):
        write_whole(old, "\ud800")
    assert old.read_text() == "old" and list(old.parent.iterdir()) == [old]


#: kills its own process in the middle of writing, or before or after the new name is given
SUICIDE = """
import io, os, sys
from pathlib import Path
from course_utils import files

path, step, how = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real = Path.replace

class Last(io.FileIO):
    def write(self, data):
        super().write(data[: len(data) // 2])
        os.kill(os.getpid(), how)

def replace(self, target):
    if step == "after":
        real(self, target)
    os.kill(os.getpid(), how)

if step == "writing":
    files.open = Last
Path.replace = replace
files.write_whole(path, "new" * 100_000)
"""


@pytest.mark.parametrize(("step", "left"), [("writing", "old"), ("before", "old"), ("after", "new")])
def test_a_process_killed_while_it_writes_leaves_the_old_file_or_the_new_one(old, step, left):
    how = str(int(getattr(signal, "SIGKILL", signal.SIGTERM)))
    killed = subprocess.run([sys.executable, "-c", SUICIDE, old, step, how], cwd=ROOT, capture_output=True)
    assert killed.returncode != 0 and killed.stderr == b""
    assert old.read_text() == (left if left == "old" else "new" * 100_000)
    write_whole(old, "next")  # what the killed process left lying about is in nobody's way
    assert old.read_text() == "next"
    assert all(path.suffix == ".partial" for path in old.parent.iterdir() if path != old)


ENDLESS = """
import sys
from course_utils.files import write_whole
print("ready", flush=True)
while True:
    write_whole(sys.argv[1], sys.argv[2] * 300_000)
"""


def test_a_reader_never_sees_half_a_file_while_two_processes_write_it_and_are_killed(old):
    command = [sys.executable, "-c", ENDLESS, old]
    writers = [subprocess.Popen([*command, letter], cwd=ROOT, stdout=subprocess.PIPE) for letter in "ab"]
    whole = {b"a" * 300_000, b"b" * 300_000}
    seen, until = set(), time.monotonic() + 20
    try:
        for writer in writers:
            writer.stdout.readline()
        while not seen >= whole and time.monotonic() < until:
            seen |= {old.read_bytes() for _ in range(100)}
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert seen >= whole and seen | {old.read_bytes()} <= whole | {b"old"}


def test_a_folder_that_is_missing_or_a_file_is_an_os_error(old):
    for folder in (old.parent / "nowhere", old):
        with pytest.raises(OSError, match=folder.name):
            write_whole(folder / "y.txt", "new")
    assert old.read_text() == "old" and list(old.parent.iterdir()) == [old]


def test_a_folder_is_not_replaced(tmp_path):
    with pytest.raises(OSError, match="is not a file that could be replaced"):
        write_whole(tmp_path, "new")
    assert tmp_path.is_dir()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_neither_replaced_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is not a file that could be replaced"):
        write_whole(tmp_path / "pipe", "new")
    assert (tmp_path / "pipe").is_fifo() and len(list(tmp_path.iterdir())) == 1


def test_a_link_stays_a_link_and_its_file_gets_the_content(old):
    link = old.parent / "link"
    try:
        link.symlink_to(old)
    except OSError:
        pytest.skip("links may not be made here")
    write_whole(link, "new")
    assert link.is_symlink() and old.read_text() == link.read_text() == "new"
