# Two commands are all the set-up on a fresh machine:  make book  and  make test.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY     := $(BIN)/python
READY  := $(VENV)/.ready
BROWSER := $(VENV)/.browser

.PHONY: book test browser elsewhere release chapter replicates notebooks student instructor coursework form format clean

book: $(READY)            ## execute what changed, judge every claim, build the pages into _build/html; two at a time: make book J=2
	$(PY) -m mmlib.reproduce $(if $(J),--jobs $(J))
	$(PY) -m mmlib.reproduce.pages $(if $(J),--jobs $(J))

test: $(READY)            ## lint, unit tests, docstring examples, planted faults
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest -q -n $(or $(J),2)

browser: $(BROWSER)       ## the built pages in a Chromium without network: console, equations, widths, search, accessibility
	$(PY) -m pytest -q -n $(or $(J),2) --dist loadgroup tests/browser

elsewhere: $(READY)       ## changed chapters as Colab and Binder would run them: make elsewhere, or C=odes/system_identification
	$(PY) -m mmlib.reproduce.elsewhere $(or $(C),--changed)

release: book browser     ## PDF, offline pages, notebooks, runs, checksums: make release TAG=v0.1.0, into _build/release
	$(PY) -m mmlib.reproduce.elsewhere
	$(PY) -m mmlib.reproduce.elsewhere binder --student
	$(PY) -m mmlib.reproduce.release --tag $(TAG)

chapter: $(READY)         ## one chapter: make chapter C=odes/system_identification
	$(PY) -m mmlib.reproduce $(C)

replicates: $(READY)      ## collect stored runs: make replicates C=odes/system_identification N=10
	$(PY) -m mmlib.reproduce $(C) --replicates $(or $(N),10) $(if $(J),--jobs $(J))
	$(PY) -m mmlib.reproduce.notebooks

notebooks: $(READY)       ## write the .ipynb of each chapter from its .md
	$(PY) -m mmlib.reproduce.notebooks

student: $(READY)         ## notebooks without solutions, with a cell to answer in: _build/student
	$(PY) -m mmlib.reproduce.notebooks --for student

instructor: $(READY)      ## notebooks with solutions and what they cost: _build/instructor
	$(PY) -m mmlib.reproduce.notebooks --for instructor

coursework: $(READY)      ## a course folder for nbgrader in _build/nbgrader, homework sheets in _build/student and _build/instructor
	$(PY) -m mmlib.reproduce.coursework $(C)

form: $(READY)            ## words, code, claims, cost of every chapter beside what we aim at: make form, or C=odes/free_energy
	$(PY) -m mmlib.reproduce.form $(C)

format: $(READY)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

clean:                    ## remove what was built; the environment stays
	rm -rf _build

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'Python 3.11 or newer is needed; name it: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --requirement requirements.lock
	$(PY) -m pip install --quiet --no-deps --editable .
	$(PY) -c "open('$(READY)', 'w').close()"

$(BROWSER): tests/browser/requirements.lock $(READY)
	$(PY) -m pip install --quiet --requirement tests/browser/requirements.lock
	$(PY) -c "open('$(BROWSER)', 'w').close()"
