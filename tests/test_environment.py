"""The files that set the course up agree with pyproject.toml and with each other."""

import re
import tomllib
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
    assert "torch" not in pins(), "pyproject.toml pins torch; its builds differ by platform"


@pytest.mark.parametrize("package", REQUIREMENTS, ids=lambda package: package.name)
def test_constraints_fit_pyproject(package):
    if package.name == "torch":
        assert [specifier.operator for specifier in package.specifier] == ["=="]
    else:
        assert package.specifier.contains(pins()[canonicalize_name(package.name)])


def test_the_floor_is_the_oldest_that_pyproject_allows():
    """Of every direct dependency but torch; a last place that was never released may be one higher."""
    floor = {
        canonicalize_name(package.name): package for package in map(Requirement, read("constraints-floor.txt").split())
    }
    assert floor.keys() == {canonicalize_name(package.name) for package in REQUIREMENTS} - {"torch"}
    for package in REQUIREMENTS:
        if package.name != "torch":
            (least,) = [s.version for s in package.specifier if s.operator == ">="]
            ((equals, version),) = [(s.operator, s.version) for s in floor[canonicalize_name(package.name)].specifier]
            assert equals == "==" and package.specifier.contains(version)
            assert Version(version) in (Version(least), Version(f"{least}.1")), f"{package}: the floor is {version}"


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


def phony_targets() -> list[str]:
    return re.search(r"^\.PHONY:(.*)$", read("Makefile"), re.MULTILINE).group(1).split()


@pytest.mark.parametrize("target", [target for target in phony_targets() if target not in ("help", "clean")])
def test_make_help_mentions(target):
    assert re.search(rf'^\t@echo "make {target} ', read("Makefile"), re.MULTILINE)


@pytest.mark.parametrize("target", phony_targets())
def test_make_has_a_rule_for(target):
    assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE)


@pytest.mark.parametrize("command", ["make lab", "make test"])
def test_readme_names_the_command(command):
    assert command in read("README.md")


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
    install = '-m pip install -c constraints.txt -e ".[dev]"'
    assert install in run_lines("test")
    assert '-e ".[dev]"' in read("Makefile") and "CONSTRAINTS ?= constraints.txt" in read("Makefile")


def test_versions_agree():
    citation = yaml.safe_load(read("CITATION.cff"))
    changes = re.search(r"^## \[(.*?)\]", read("CHANGELOG.md"), re.MULTILINE).group(1)
    assert {PROJECT["version"], course_utils.__version__, citation["version"], changes} == {PROJECT["version"]}


def test_licence_files_are_there():
    for name in PROJECT["license-files"]:
        assert "the Reading Hidden States authors" in read(name)
    assert read("LICENSE").startswith("BSD 3-Clause License")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in read("LICENSE-TEXT.md")
