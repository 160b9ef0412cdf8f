"""commands.py, and every command of the course: whatever stops one, it ends with a status and at most one line."""

import os
import signal
import subprocess
import sys

import pytest
from notebook_files import ROOT, script

from course_utils import desk, genome, progress, scaling
from course_utils.commands import command

#: A command that does what its first argument says.
COMMAND = """
import signal, sys
from course_utils.commands import command

signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background

@command
def main(what):
    print("a line" * 10_000, flush=what == "wait")
    if what == "wait":
        sys.stdin.read()
    return 7

sys.exit(main(*sys.argv[1:]))
"""


def start(what, **streams):
    return subprocess.Popen([sys.executable, "-c", COMMAND, what], cwd=ROOT, stderr=subprocess.PIPE, **streams)


@pytest.mark.skipif(os.name == "nt", reason="pipes, disks and signals as on Linux and macOS")
def test_a_reader_who_leaves_and_a_full_disk_and_ctrl_c_are_at_most_one_line():
    left = start("print", stdout=subprocess.PIPE)
    left.stdout.close()
    assert left.communicate()[1] == b"" and left.returncode == 141
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            process = start("print", stdout=full)
        assert process.communicate()[1] == b"error: no space left on device\n" and process.returncode == 2
    waiting = start("wait", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    waiting.stdout.read(1)
    waiting.send_signal(signal.SIGINT)
    assert waiting.communicate()[1] == b"interrupted\n" and waiting.returncode == 130


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (ValueError("a\n\x1b[31m line"), 2, "error: a [31m line"),
        (FileNotFoundError(2, "No such file or directory", "g.fa"), 2, "error: g.fa: no such file or directory"),
        (FloatingPointError("nan"), 2, "error: nan"),
        (MemoryError(), 2, "error: MemoryError"),
        (KeyboardInterrupt("go on with ..."), 130, "interrupted; go on with ..."),
    ],
)
def test_an_error_that_says_what_is_wrong_is_one_line(capsys, error, status, line):
    @command
    def main():
        raise error

    assert main() == status and capsys.readouterr().err == f"{line}\n"


def test_a_mistake_of_the_program_is_not_hidden():
    with pytest.raises(TypeError):
        command(lambda: 1 + "1")()


#: command -> command lines, and a word of what it says to each
NONSENSE = {
    desk: {"--fresh": "expected", "--fresh=99": "no lesson", "x": "unrecognized"},
    progress: {"nowhere.ipynb": "no such file", "folder": "a directory", "file": "cannot be read",
               "--csv": "expected", "--ruin": "unrecognized"},
    genome: {"": "required", "nowhere.fa": "no such file", "folder": "a directory", "file": "file",
             "file --states two": "invalid", "file file": "unrecognized"},
    scaling: {"x": "unrecognized", "--steps 1e3": "invalid", "--batch 0": "batch", "--learning-rate=-1": "learning"},
    script("data/make_data.py"): {"nonsense": "nonsense"},
    script("tools/make_workshop.py"): {"x": "unrecognized", "--root nowhere": "nowhere", "--root folder": "folder"},
    script("tools/refresh_notebooks.py"): {"nonsense": "nonsense", "notebooks_text": "notebooks_text"},
}  # fmt: skip
LINES = [(module, line, word) for module, lines in NONSENSE.items() for line, word in lines.items()]


@pytest.mark.parametrize(("module", "line", "word"), LINES, ids=[f"{m.__name__} {line}" for m, line, _ in LINES])
def test_arguments_without_sense_are_refused_in_plain_words(tmp_path, monkeypatch, capsys, module, line, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("just a file\n")
    (tmp_path / "folder").mkdir()
    try:
        status = module.main(line.split())
    except SystemExit as stop:
        status = stop.code
    said = "".join(capsys.readouterr()) + str(status)
    assert status not in (0, None) and word in said.lower() and "Traceback" not in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]
