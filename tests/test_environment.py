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


def test_constraints_are_plain_pins_that_fit_pyproject():
    for line in read("constraints.txt").splitlines():
        assert re.fullmatch(r"[\w.-]+==[\d.]+(post\d+)?", line), f"no local path, build or range: {line!r}"
    for package in REQUIREMENTS:
        assert package.specifier.contains(pins()[canonicalize_name(package.name)]), package


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


def test_versions_agree():
    citation = yaml.safe_load(read("CITATION.cff"))
    changes = re.search(r"^## \[(.*?)\]", read("CHANGELOG.md"), re.MULTILINE).group(1)
    assert {PROJECT["version"], course_utils.__version__, citation["version"], changes} == {PROJECT["version"]}


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
