"""What the course brings onto a learner's machine: whose code, on what terms, and who can reach it."""

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_utils import DATA

ROOT = DATA.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: Names of licences that let anyone use, change and pass on what they cover. Of these, only Mozilla's asks that
#: changes to its own files be published.
FREE = re.compile(
    r"\b(MIT|ISC|[03]?-?BSD|Apache|Python|PSF|MPL|Mozilla|Zlib|BSL|CC0|Unlicense|HPND|LLVM"
    r"|Biopython|Freely Distributable)\b",
    re.IGNORECASE,
)


def is_free(term: str) -> bool:
    return bool(FREE.search(term)) and "GPL" not in term


def of_this_build(package: Requirement) -> bool:
    """Does PyTorch need it for one system only? NVIDIA's packages and Triton, on Linux."""
    return "platform_system" in str(package.marker)


def everything_installed(requires=metadata.requires) -> tuple[set[str], set[str]]:
    """The course's packages, and theirs, and theirs: those that are installed here.

    Returns: what the course answers for, and what only PyTorch's own build for this system brings along: PyPI's PyTorch
    for Linux is built for NVIDIA cards, and the terms of NVIDIA's libraries are PyTorch's affair.
    """

    def closure(names: list[Requirement]) -> set[str]:
        found = set()
        while names:
            package = names.pop()
            name = canonicalize_name(package.name)
            if name in found or (package.marker and not package.marker.evaluate({"extra": ""})):
                continue
            with contextlib.suppress(metadata.PackageNotFoundError):
                needs = list(map(Requirement, requires(name) or []))
                if name == "torch":
                    build.extend(filter(of_this_build, needs))
                    needs = [need for need in needs if not of_this_build(need)]
                names += needs
                found.add(name)
        return found

    build: list[Requirement] = []
    ours = closure([Requirement(p) for p in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]])
    return ours, closure(build) - ours


def terms(name: str) -> list[str]:
    """What a package says about its licence, from the most exact place that says anything."""
    about = metadata.metadata(name)
    if expression := about.get("License-Expression"):
        return re.split(r" AND | OR | WITH ", expression)  # of an OR each, which is stricter than it need be
    classifiers = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License :: ")]
    return classifiers or re.split(r" AND | OR ", (about.get("License") or "none").splitlines()[0])


@pytest.mark.parametrize(
    ("term", "free"),
    [
        *((term, True) for term in ("MIT License", "BSD-3-Clause", "0BSD", "MPL-2.0", "Apache Software License")),
        *((term, False) for term in ("none", "GPL-3.0-only", "GNU LGPL (as BSD)", "Other/Proprietary", "SMITH")),
    ],
)
def test_what_counts_as_free(term, free):
    assert is_free(term) == free


def test_every_package_is_free_to_use_and_to_pass_on():
    packages, build = everything_installed()
    assert len(packages) > 80 and {"torch", "jupyter-server", "nbval"} <= packages
    print("brought along by PyTorch's build, not judged:", ", ".join(sorted(build)) or "nothing")
    other = {name: terms(name) for name in packages if not all(map(is_free, terms(name)))}
    assert not other


def test_what_only_pytorchs_build_brings_is_named_and_not_judged():
    """As PyPI's PyTorch for Linux lists it; pip stands for a package of NVIDIA's, psutil is one of the course's own."""
    here = f'platform_system == "{platform.system()}"'

    def requires(name: str) -> list[str]:
        return ["sympy>=1.13.3", f"pip; {here}", f"psutil; {here}"] if name == "torch" else metadata.requires(name)

    packages, build = everything_installed(requires)
    assert build == {"pip"} and {"sympy", "psutil"} <= packages


def get(url: str, token: str | None = None) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def server(tmp_path):
    """What `make lab` starts, without a browser, on a free port: what it wrote about itself."""
    folders = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0", "--allow-root", "notebooks"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | folders, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while not (files := list((tmp_path / "RUNTIME").glob("jpserver-*.json"))):
            assert process.poll() is None and time.monotonic() < until, "the server did not start"
            time.sleep(0.1)
        time.sleep(0.2)  # it writes the file before it listens
        yield json.loads(files[0].read_text())
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_jupyterlab_listens_to_this_computer_only_and_asks_for_a_token(server):
    assert server["hostname"] in ("localhost", "127.0.0.1", "::1") and len(server["token"]) >= 40
    contents = f"http://127.0.0.1:{server['port']}/api/contents"
    assert get(contents) == 403 and get(contents, "0" * 48) == 403 and get(contents, server["token"]) == 200
    if os.path.exists("/proc/net/tcp"):  # where Linux lists who listens: never on all addresses (0.0.0.0)
        with open("/proc/net/tcp") as table:
            listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
        mine = [address for address in listening if int(address.split(":")[1], 16) == server["port"]]
        assert mine == [f"0100007F:{server['port']:04X}"]
