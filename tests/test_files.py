"""files.py: what is read is what was written, and what is written is there whole or not at all."""

import gzip
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_utils import files
from course_utils.files import read_text, refuse_target, write_whole

ROOT = Path(__file__).parent.parent
ZIPPED = gzip.compress("Zwölf Boxkämpfer\n".encode(), mtime=0)
LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"))).filter(
    lambda lines: "".join(lines).strip()
)


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_text_comes_back_with_line_feeds_whatever_its_line_ends_mark_or_packing(tmp_path_factory, lines, end, bom, gz):
    path = tmp_path_factory.getbasetemp() / "any.name"
    content = end.join(lines).encode("utf-8-sig" if bom else "utf-8")
    write_whole(path, gzip.compress(content, compresslevel=1) + gzip.compress(b"") if gz else content)
    assert read_text(path) == read_text(str(path)) == "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n\t\r\n ", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"ACG\xff", r"not a text file \(byte 3 is not UTF-8\)"),
        (gzip.compress(b"ACG\xff", mtime=0), r"not a text file \(byte 3 is not UTF-8\)"),
        (ZIPPED + b"more", "a damaged gzip file"),
        *((ZIPPED[:kept], "a damaged gzip file") for kept in range(2, len(ZIPPED), 5)),
    ],
)
def test_a_file_that_is_no_text_is_refused_by_name_and_reason(tmp_path, content, message):
    (tmp_path / "bad.txt").write_bytes(content)
    with pytest.raises(ValueError, match=f"bad.txt: {message}"):
        read_text(tmp_path / "bad.txt")


@settings(max_examples=200)
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


@pytest.fixture
def old(tmp_path):
    (tmp_path / "x.txt").write_text("old")
    return tmp_path / "x.txt"


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


@pytest.mark.skipif(os.name == "nt", reason="permissions, links and pipes as on Linux and macOS")
def test_permissions_and_links_stay_and_what_is_no_file_is_refused(old):
    old.chmod(0o640)
    (old.parent / "link").symlink_to(old)
    write_whole(old.parent / "link", "new")
    assert (old.parent / "link").is_symlink() and old.read_text() == "new" and old.stat().st_mode & 0o777 == 0o640
    os.mkfifo(old.parent / "pipe")
    for place in (old.parent / "nowhere" / "y", old / "y", old.parent, old.parent / "pipe", old.parent / ("x" * 256)):
        for attempt in (refuse_target, lambda path: write_whole(path, "x"), read_text):
            works = {"x" * 256: refuse_target, "pipe": read_text}.get(place.name)
            if attempt is not works:
                with pytest.raises(OSError, match=place.name):
                    attempt(place)
    assert sorted(path.name for path in old.parent.iterdir()) == ["link", "pipe", "x.txt"]


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


@pytest.mark.parametrize(("step", "left"), [("writing", "old"), ("before", "old"), ("after", "new" * 100_000)])
def test_a_process_killed_while_it_writes_leaves_the_old_file_or_the_new_one(old, step, left):
    how = str(int(getattr(signal, "SIGKILL", signal.SIGTERM)))
    killed = subprocess.run([sys.executable, "-c", SUICIDE, old, step, how], cwd=ROOT, capture_output=True)
    assert killed.returncode != 0 and killed.stderr == b"" and old.read_text() == left
    write_whole(old, "next")  # what the killed process left lying about is in nobody's way
    assert old.read_text() == "next"
    assert all(path.suffix == ".partial" for path in old.parent.iterdir() if path != old)
