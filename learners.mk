# What a learner types. The repository's Makefile includes this file; in a workshop's copy of the course it is the Makefile.
PYTHON ?= python3
# The exact versions that made the stored outputs. `make lab CONSTRAINTS=` takes the newest instead.
CONSTRAINTS ?= constraints.txt
PY := .venv/bin/python
READY := .venv/.ready

.PHONY: help lab doctor progress

help::
	@echo "make lab        open your own copy of the course, in work/ (installs the course first, if needed)"
	@echo "                FRESH=03: a new copy of lesson 03; the old one is kept under another name"
	@echo "make doctor     is this machine ready?"
	@echo "make progress   which exercises in work/ are done?"

# PyTorch's build for NVIDIA cards takes gigabytes. On Linux without such a card, take the build for the processor, if
# its index answers within three seconds; otherwise the usual one. Elsewhere the usual one is for the processor anyway.
CPU_INDEX := https://download.pytorch.org/whl/cpu
ask_cpu_index = [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1 && \
	timeout 3 $(PYTHON) -c 'import urllib.request as u; u.urlopen("$(CPU_INDEX)/torch/")' 2>/dev/null && \
	echo --extra-index-url $(CPU_INDEX)
cpu_index = $(eval cpu_index := $$(shell $$(ask_cpu_index)))$(cpu_index)
INSTALL = $(PY) -m pip install --quiet --disable-pip-version-check $(cpu_index) $(if $(CONSTRAINTS),-c $(CONSTRAINTS))

$(READY): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"The course needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(INSTALL) -e .
	@touch $(READY)

lab: $(READY)
	$(PY) -m course_utils.desk $(if $(FRESH),--fresh $(FRESH))

doctor: $(READY)
	$(PY) -m course_utils.doctor

progress: $(READY)
	-@$(PY) -m course_utils.progress
