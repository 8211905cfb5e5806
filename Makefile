# make demo: the main job on the demo city.  make test: every test.  Each builds .venv itself when it is missing.

PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS ?= 1

.PHONY: demo lab show test bench spark gallery lint lock notebooks clean

demo: .venv/ready
	$(BIN)/expansion-kit demo

# The notebooks in JupyterLab; it asks nobody for news or updates, so that its first start is quiet without network.
lab: .venv/ready
	JUPYTER_CONFIG_PATH=notebooks/.jupyter $(BIN)/jupyter lab notebooks

# One notebook as a manager sees it: results and sliders, no code, no network.
NOTEBOOK ?= notebooks/3_candidate_sites.ipynb
show: .venv/ready
	JUPYTER_PATH=notebooks/.jupyter $(BIN)/voila --template=offline --Voila.root_dir=. \
	  "--VoilaConfiguration.file_allowlist=['.*placement_map[.]html']" $(NOTEBOOK)

test: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n auto --dist loadfile
	$(BIN)/python -m pytest -n auto --dist loadfile -p nbval.plugin --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg notebooks

bench: .venv/ready
	$(BIN)/python benchmarks/ratios.py

# The cluster engine for pings; wants Java 17.
spark: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock

# The pictures of docs/gallery.md, after `make demo`; wants Chromium and poppler-utils.
gallery: .venv/ready
	$(BIN)/python docs/make_gallery.py

# The notebooks anew, with their outputs, after a change that shows in them.
notebooks: .venv/ready
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

# The locks anew, after a change of pyproject.toml; wants uv.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra forecast --extra notebooks --extra pdf --extra dev \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	echo 'pyspark>=4.0,<4.1' | uv pip compile - --python-version 3.11 --constraint requirements.lock --generate-hashes \
	  --no-emit-index-url --no-header -o requirements-spark.lock

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf .venv data/demo_city/output
