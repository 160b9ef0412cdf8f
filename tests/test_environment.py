"""The files that set the course up agree with pyproject.toml and with each other."""

import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import course_utils
from course_utils import DATA

ROOT = DATA.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
#: What conda-forge calls it, where that differs.
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins() -> dict[str, str]:
    """constraints.txt: package -> version."""
    return {
        canonicalize_name(name): version
        for name, version in (line.split("==") for line in read("constraints.txt").split())
    }


def test_conda_environment_is_in_step():
    environment = yaml.safe_load(read("environment.yml"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    plain = [line for line in environment["dependencies"] if isinstance(line, str)]
    conda = {(package := Requirement(line)).name: package.specifier for line in plain}
    assert len(conda) == len(plain), "a package stands there twice"
    expected = {CONDA_NAMES.get(package.name, package.name): package.specifier for package in REQUIREMENTS}
    assert conda == expected | {"python": SpecifierSet(PROJECT["requires-python"]), "pip": SpecifierSet()}
    assert [line for line in environment["dependencies"] if not isinstance(line, str)] == [{"pip": ["-e ."]}]


def test_constraints_are_plain_pins():
    for line in read("constraints.txt").splitlines():
        assert re.fullmatch(r"[\w.-]+==[\d.]+(post\d+)?", line), f"no local path, build or range: {line!r}"


@pytest.mark.parametrize("package", REQUIREMENTS, ids=lambda package: package.name)
def test_constraints_fit_pyproject(package):
    assert package.specifier.contains(pins()[canonicalize_name(package.name)])


def test_the_floor_is_the_oldest_that_pyproject_allows():
    """Of every direct dependency; a last place that was never released may be one higher."""
    floor = {
        canonicalize_name(package.name): package for package in map(Requirement, read("constraints-floor.txt").split())
    }
    assert floor.keys() == {canonicalize_name(package.name) for package in REQUIREMENTS}
    for package in REQUIREMENTS:
        (least,) = [s.version for s in package.specifier if s.operator == ">="]
        ((equals, version),) = [(s.operator, s.version) for s in floor[canonicalize_name(package.name)].specifier]
        assert equals == "==" and package.specifier.contains(version)
        least = Version(least)
        lowest = {least, Version(f"{least}.1"), Version(f"{least}.0")}
        assert Version(version) in lowest, f"{package}: the floor is {version}"


def test_constraints_install_on_the_oldest_python():
    """Of the pinned packages that are installed here in that version: what they say about Python."""
    oldest = re.fullmatch(r">=(\d+\.\d+)", PROJECT["requires-python"]).group(1) + ".0"
    refused = []
    for name, version in pins().items():
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        needed = package.metadata["Requires-Python"] or ""
        if package.version == version and not SpecifierSet(needed).contains(oldest):
            refused.append(f"{name} {version} needs Python {needed}")
    assert not refused, f"on Python {oldest}: {', '.join(refused)}"


MAKEFILES = read("learners.mk"), read("Makefile")
TARGETS = re.findall(r"\w+", " ".join(re.findall(r"^\.PHONY:(.*)$", "\n".join(MAKEFILES), re.MULTILINE)))


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "help"])
def test_make_help_mentions(target):
    assert re.search(rf'^\t@echo "make {target} ', "\n".join(MAKEFILES), re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_make_has_a_rule_for(target):
    assert re.search(rf"^{target}:", "\n".join(MAKEFILES), re.MULTILINE)


def test_a_learner_installs_no_developers_tools():
    """`make lab` and the plain lines of both READMEs; only make test and what is below it install the extra."""
    assert "[dev]" not in MAKEFILES[0] and MAKEFILES[1].count('-e ".[dev]"') == 1
    for name in ("README.md", "docs/workshop_readme.md"):
        installs = re.findall(r"^python -m pip install (.*)$", read(name), re.MULTILINE)
        assert installs == ["-c constraints.txt -e ."] * 2, "Linux and macOS, then Windows"


@pytest.mark.parametrize("name", ["README.md", "docs/workshop_readme.md"])
def test_lines_to_paste_are_commands_only(name):
    """Every line of a block begins with a command; a remark stands behind #, which bash and PowerShell skip."""
    for block in re.findall(r"^```\n(.*?)^```", read(name), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            command = line.partition("#")[0].split()
            assert command[0] in ("make", "python", "python3", "source", "conda", ".venv\\Scripts\\activate"), line
            assert not set("()<>|") & set(" ".join(command)), f"bash would stumble over {line!r}"


def test_own_ci_calls_make_test():
    assert "make test" in read(".ci/run").splitlines()


def run_lines(job: str) -> str:
    return "\n".join(step.get("run", "") for step in WORKFLOW["jobs"][job]["steps"])


def test_workflow_calls_make_test():
    assert "make test" in run_lines("test").splitlines()
    assert "make test CONSTRAINTS=" in run_lines("newest").splitlines()
    assert "schedule" in WORKFLOW["jobs"]["newest"]["if"]


def test_workflow_runs_on_every_change_and_weekly():
    triggers = WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
    assert {"push", "pull_request", "schedule"} <= set(triggers)
    assert len(triggers["schedule"][0]["cron"].split()) == 5


def test_workflow_covers_the_systems_and_pythons():
    matrix = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]
    assert set(matrix["os"]) == {"ubuntu-latest", "macos-latest", "windows-latest"}
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert matrix["python"] == [oldest, "3.14"] and all(isinstance(version, str) for version in matrix["python"])


def test_windows_lines_install_what_the_makefile_installs():
    """Windows has no make: its lines are the Makefile's, with another slash."""
    assert '-m pip install -c constraints.txt -e ".[dev]"' in run_lines("test")
    assert '-e ".[dev]"' in MAKEFILES[1] and "CONSTRAINTS ?= constraints.txt" in MAKEFILES[0]


def test_versions_agree():
    citation = yaml.safe_load(read("CITATION.cff"))
    changes = re.search(r"^## \[(.*?)\]", read("CHANGELOG.md"), re.MULTILINE).group(1)
    assert {PROJECT["version"], course_utils.__version__, citation["version"], changes} == {PROJECT["version"]}


def test_licence_files_are_there():
    for name in PROJECT["license-files"]:
        assert "the Reading Hidden States authors" in read(name)
    assert read("LICENSE").startswith("BSD 3-Clause License")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in read("LICENSE-TEXT.md")


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("make") or bool(shutil.which("nvidia-smi")),
    reason="only on Linux without an NVIDIA card does make ask for the smaller PyTorch",
)
@pytest.mark.parametrize("answers", [True, False])
def test_make_asks_once_for_the_smaller_pytorch_and_takes_it_if_there_is_one(answers):
    asked = []

    class Index(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if answers else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = f"http://127.0.0.1:{server.server_address[1]}/cpu"
        command = ["make", "--dry-run", "--always-make", "test", f"CPU_INDEX={index}"]
        environment = os.environ | {"no_proxy": "127.0.0.1"}
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment).stdout
        server.shutdown()
    installs = [line for line in said.splitlines() if " pip install " in line]
    assert len(installs) == 2 and asked == ["/cpu/torch/"]
    assert all((f"--extra-index-url {index}" in line) == answers for line in installs)
