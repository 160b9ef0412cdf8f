# The few commands people type. `make` alone lists them.
PYTHON ?= python3
# Exact versions of everything but torch, the ones the stored outputs were made with. `make test CONSTRAINTS=` takes the newest instead.
CONSTRAINTS ?= constraints.txt
PY := .venv/bin/python
READY := .venv/.ready
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.PHONY: help lab test notebooks cpus bench data figures doctor workshop clean

help:
	@echo "make lab        open the course in JupyterLab (installs it first, if needed)"
	@echo "make test       prove every helper and every stored output (installs first, if needed)"
	@echo "make doctor     is this machine ready?"
	@echo "make notebooks  after an edit: bring text and notebooks in step and refresh all outputs (one: NB=notebooks/01_encoding.ipynb)"
	@echo "make cpus       do the stored outputs also come out with other thread counts and CPU instruction sets? (RUNS=20: again and again)"
	@echo "make bench      how fast is the code, next to others' for the same work? (BENCH='--rows 2,6', --quick, --all)"
	@echo "make data       make the simulated data and the checkpoints again from nothing"
	@echo "make workshop   the learners' copy, without solutions and outputs: build/workshop.zip"
	@echo "make figures    accept the plotting helpers' present figures as the baseline"

$(READY): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"The course needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check $(if $(CONSTRAINTS),-c $(CONSTRAINTS)) -e ".[dev]"
	@touch $(READY)

lab: $(READY)
	$(PY) -m jupyterlab notebooks/00_hmm.ipynb

# In one process; JOBS=2 deals the files out to two at once.
test: $(READY)
	$(PY) -m pytest $(if $(JOBS),-n $(JOBS))

doctor: $(READY)
	$(PY) -m course_utils.doctor

NB ?= notebooks_text/*.md
notebooks: $(READY)
	$(PY) tests/refresh_notebooks.py $(NB)

RUNS ?= 4
cpus: $(READY)
	$(PY) tests/check_cpus.py --runs $(RUNS)

bench: $(READY)
	$(PY) benchmarks/bench.py $(BENCH)

data: $(READY)
	$(PY) data/make_data.py

figures: $(READY)
	$(PY) -m pytest tests/test_plotting.py --mpl-generate-path=tests/figures -p no:nbval -o addopts=

workshop: $(READY)
	$(PY) docs/make_workshop.py

clean:
	rm -rf .venv build
