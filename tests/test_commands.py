"""commands.py: whatever stops a command, it ends with a status and at most one line."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.commands import command, one_line

ROOT = Path(__file__).parent.parent

#: A command that does what its first argument says.
COMMAND = """
import signal, sys
from course_utils.commands import command

signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background

@command
def main(what):
    print("a line" * 10_000)
    if what == "wait":
        sys.stdin.read()
    return 7

sys.exit(main(*sys.argv[1:]))
"""


def start(what, **streams):
    return subprocess.Popen([sys.executable, "-c", COMMAND, what], cwd=ROOT, stderr=subprocess.PIPE, **streams)


def test_a_reader_who_leaves_ends_it_quietly():
    process = start("print", stdout=subprocess.PIPE)
    process.stdout.close()
    assert process.communicate()[1] == b"" and process.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no disk that is always full")
def test_a_full_disk_is_one_line():
    with open("/dev/full", "w") as full:
        process = start("print", stdout=full)
        _, errors = process.communicate()
    assert process.returncode == 2 and errors.startswith(b"error: ") and errors.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals as on Linux and macOS")
def test_ctrl_c_is_one_line():
    process = start("wait", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == b"interrupted\n" and process.returncode == 130


@pytest.mark.parametrize("error", [ValueError("a\n\x1b[31m line"), OSError("disk"), FloatingPointError("nan")])
def test_an_error_that_says_what_is_wrong_is_one_line(capsys, error):
    @command
    def main():
        raise error

    assert main() == 2
    assert capsys.readouterr().err == f"error: {one_line(error)}\n" and "\n" not in one_line(error)


def test_an_error_of_the_system_is_said_with_its_file_and_without_its_number():
    with pytest.raises(OSError) as caught:
        open("nowhere/g.fa")
    assert one_line(caught.value) == "nowhere/g.fa: no such file or directory"


def test_a_mistake_of_the_program_is_not_hidden():
    with pytest.raises(TypeError):
        command(lambda: 1 + "1")()
