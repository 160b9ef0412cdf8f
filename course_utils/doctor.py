"""Is this machine ready for the course? Type: python -m course_utils.doctor

One line a check, then what to type for each problem; the exit status is 1 if there is one.
"""

import platform
import sys
import tomllib
from hashlib import sha256
from importlib import metadata

from course_utils import DATA
from course_utils.commands import command, one_line

INSTALL = "python -m pip install -c constraints.txt -e . (with make: make clean doctor)"
MACHINE = "arch -arm64 python3 -m course_utils.doctor (M1 or later); Intel processor: another computer, or Docker"
RESTORE = "git checkout -- data (without git: download the course again)"
LOSS_LIMIT = 0.68  # nats a position: who knows only how often H and L occur .687, the toy chain's best reader .667


def findings():
    """Each check in turn: its name, is it well, what was found, and what to type if it is not well."""
    project = tomllib.loads((DATA.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    machine = f"{platform.system()} on {platform.machine()}"
    yield "machine", machine != "Darwin on x86_64", f"{machine}, Python {platform.python_version()}", MACHINE
    for requirement in project["dependencies"]:
        name = requirement.partition(">=")[0]
        try:
            found = metadata.version(name)
            from packaging.requirements import Requirement  # comes with jupyterlab
        except ImportError:
            yield name, False, f"missing (needed: {requirement})", INSTALL
        else:
            yield name, found in Requirement(requirement).specifier, f"{found} (needed: {requirement})", INSTALL
    lines = (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {DATA / name: digest for digest, name in map(str.split, lines)}
    wrong = [p.name for p in sums if not p.is_file() or sha256(p.read_bytes()).hexdigest() != sums[p]]
    yield "data", not wrong, f"missing or changed: {wrong}" if wrong else f"{len(sums)} files as published", RESTORE
    try:
        loss = train_briefly()
        yield "training", loss < LOSS_LIMIT, f"loss {loss:.3f} (needed: <{LOSS_LIMIT:.3f})", INSTALL
    except Exception as error:  # PyTorch may be broken in ways that nobody foresees
        yield "training", False, one_line(error), INSTALL


def train_briefly() -> float:
    """The loss on new sequences of a small GRU that learns the toy chain."""
    from course_utils import datasets, gru, hmm, training

    train, test = (datasets.to_frame(*hmm.simulate(hmm.TOY, 100, 500, seed=seed)) for seed in (1, 2))
    model, batches = gru.GRUTagger(seed=0), datasets.make_loader(train, batch_size=50, window=50, shuffle=True)
    training.fit(model, batches, epochs=2, learning_rate=0.02, seed=0, verbose=False)
    return training.evaluate(model, datasets.make_loader(test, batch_size=50))["nll"]


@command
def main() -> int:
    """Print the report, in ASCII; 1 if there is a problem, else 0."""
    advice = {}
    for name, well, found, remedy in findings():
        print(f"{name:<12} {'ok     ' if well else 'PROBLEM'}  {ascii(found)[1:-1]}", flush=True)
        if not well:
            advice.setdefault(remedy, []).append(name)
    lines = [f"For {', '.join(names)}, type: {remedy}" for remedy, names in advice.items()]
    print("", *lines or ["Ready. To open the course, type: make lab (without make: see the README)"], sep="\n")
    return int(bool(advice))


if __name__ == "__main__":
    sys.exit(main())
