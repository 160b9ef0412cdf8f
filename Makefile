# The few commands people type. `make` alone lists them: first the learner's, from learners.mk, then the maintainer's.
include learners.mk

DEV := .venv/.dev
SITE := .venv/.site
BROWSER := .venv/.browser
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.PHONY: test test-slow notebooks cpus bench data figures workshop polls slides guide site browser clean

help::
	@echo
	@echo "To change the course:"
	@echo "make test       prove every helper and every stored output, on all cores (installs first, if needed)"
	@echo "make test-slow  the tests that are slow and rarely fail: before a release"
	@echo "make notebooks  after an edit: bring text and notebooks in step and refresh all outputs (one: NB=notebooks/02_encoding.ipynb)"
	@echo "make cpus       do the stored outputs also come out with other thread counts and CPU instruction sets? (RUNS=20: again and again)"
	@echo "make bench      how fast is the code, next to others' for the same work? (BENCH='--rows 2,6', --quick, --all)"
	@echo "make data       make the simulated data and the checkpoints again from nothing"
	@echo "make workshop   the learners' copy, without solutions and outputs: build/workshop.zip"
	@echo "make polls      every guess and choice of the lessons, with the answers: build/polls.md and build/polls.csv"
	@echo "make slides     the lessons to show in a room: build/slides/index.html"
	@echo "make guide      after a change of lessons: the tables of minutes and of objectives in docs/"
	@echo "make site       the course as a web site, with search: build/site/index.html"
	@echo "make browser    make the site and look at every page of it in a browser (needs Chromium or Chrome)"
	@echo "make figures    accept the plotting helpers' present figures as the baseline"
	@echo "make clean      remove .venv and build (your work/ stays)"

$(DEV): $(READY)
	$(INSTALL) -e ".[dev]"
	@touch $(DEV)

test: $(DEV)
	$(PY) -m pytest

test-slow: $(DEV)
	$(PY) -m pytest -m slow tests

NB ?= notebooks_text/*.md
notebooks: $(DEV)
	$(PY) tools/refresh_notebooks.py $(NB)

RUNS ?= 4
cpus: $(DEV)
	$(PY) tools/check_cpus.py --runs $(RUNS)

bench: $(DEV)
	$(PY) benchmarks/bench.py $(BENCH)

data: $(DEV)
	$(PY) data/make_data.py

figures: $(DEV)
	$(PY) -m pytest tests/test_plotting.py --mpl-generate-path=tests/figures -p no:nbval -o addopts=

workshop: $(DEV)
	$(PY) tools/make_workshop.py

polls: $(DEV)
	$(PY) tools/make_polls.py

guide: $(DEV)
	$(PY) tools/make_guide.py

slides: $(DEV) $(SITE)
	$(PY) tools/make_slides.py

$(SITE): $(READY)
	$(INSTALL) -e ".[site]"
	@touch $(SITE)

site: $(SITE)
	$(PY) tools/make_site.py

$(BROWSER): $(DEV) $(SITE)
	$(INSTALL) -e ".[browser]"
	@touch $(BROWSER)

browser: $(BROWSER) site
	$(PY) -m pytest -o addopts= -n logical -q tests/browser

clean:
	rm -rf .venv build
