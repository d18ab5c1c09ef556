PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: setup demo test torture lint docs lock clean

setup: $(VENV)/.ready

# Exactly the locked versions, each checked against its hash; then the project itself, without looking for anything else;
# compiled, which pip does for all but editable packages: where Python may not write byte code each start would take 0.1 s more.
$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q archive crawler
	touch $@

demo: setup
	$(BIN)/python -m crawler.demo

test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal

torture: setup
	$(BIN)/python -m pytest -m torture

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site of the documentation, build/docs/index.html; a broken link or a page that no other leads to is an error.
docs: .venv-docs/.ready
	.venv-docs/bin/sphinx-build -q -n -W --keep-going -b html docs build/docs

.venv-docs/.ready: docs/requirements.lock
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.lock
	touch $@

# Newest versions that pyproject.toml allows, with hashes and without download addresses.
lock:
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra serve --extra parquet --extra s3 --extra fleet --extra dask --generate-hashes --no-annotate --no-header --upgrade -o requirements.lock pyproject.toml
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --group docs --generate-hashes --no-annotate --no-header --upgrade -o docs/requirements.lock

clean:
	rm -rf .venv .venv-newest .venv-docs build *.egg-info .mypy_cache .ruff_cache .pytest_cache
