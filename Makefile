# Thin: what a target does stands in the command that it calls. Needs make and Python 3.11+, no root.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
COMPILE := pip compile --universal --generate-hashes --no-header --python-version 3.11 \
	--no-emit-index-url --quiet $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup tools run test powercuts chip assurance campaign rivers reproducible lint check ready-to-test lock clean

help: ## 列出这些目标 | list these targets
	@awk -F ' *## *| *[|] *' '/^[a-z]+:.*##/ {sub(/:.*/, "", $$1); printf "  make %-9s %s\n                 %s\n", $$1, $$2, $$3}' Makefile

setup: ## 准备 .venv（run 和 test 会自动调用） | make .venv ready (run and test do it themselves)
	@$(PYTHON) requirements/bootstrap.py run

tools: ## 安装测试和编译固件用的系统软件（Debian、Ubuntu） | install system packages for some tests and for building images (Debian, Ubuntu)
	@YES="$(YES)" requirements/tools.sh

run: setup ## 在本机运行主流程，例如 make run ARGS="--for 120s" | the main job on this desk, e.g. make run ARGS="--for 120s"
	@$(BIN)/reedgate run $(ARGS)

test: check ## 全部检查与测试，例如 make test ARGS="-k gate" | all checks and tests, e.g. make test ARGS="-k gate"
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(ARGS)

powercuts: ready-to-test ## 每次闪存操作都断电，另加随机断电和位翻转，并让仿真芯片从断电处启动（约一刻钟） | power cuts at every operation of the flash, at random, and bit rot; the emulated chip starts from them (about a quarter of an hour)
	@POWERCUTS=all $(BIN)/python -m pytest tests/record tests/rp2040/test_chip_power_cuts.py $(ARGS)

chip: ready-to-test ## 在仿真芯片上运行所有情景的一段和全部核心测试（数小时） | a cut of every scenario and all tests of the core, on the emulated chip (hours)
	@$(BIN)/reedgate sim chip
	@CHIP=all $(BIN)/python -m pytest tests/rp2040 $(ARGS)

RESULTS := docs/assurance
ASSURANCE_PAGE = $(BIN)/python -m reedgate_sim.assurance.page $(RESULTS) docs

assurance: ready-to-test ## 证明控制规则，在核心里逐个植入错误，看是否发现，并写出 docs/assurance.md（约二十分钟） | prove the law, seed bugs into the core and see them found, write docs/assurance.md (about twenty minutes)
	@$(BIN)/reedgate sim proof --scans 300000 --json $(RESULTS)/proof.json
	@$(BIN)/reedgate sim mutants --generated 220 --json $(RESULTS)/slips.json
	@$(ASSURANCE_PAGE)

campaign: ready-to-test ## 一千份随机故障日程、人工植入的错误、逐个改坏情景，写入同一页（约半小时） | a thousand schedules of random faults, bugs by hand, each scenario broken; onto the same page (about half an hour)
	@$(BIN)/reedgate sim assurance
	@$(BIN)/reedgate sim campaign --json $(RESULTS)/campaign.json
	@$(BIN)/reedgate sim mutants --json $(RESULTS)/mutants.json
	@$(ASSURANCE_PAGE)

rivers: ready-to-test ## 两条河流的记录流过核心，写入同一页：make rivers RIVERS=目录（约十分钟） | two recorded rivers through the core, onto the same page: make rivers RIVERS=DIR (about ten minutes)
	@$(BIN)/reedgate sim rivers "$(RIVERS)" --json $(RESULTS)/rivers.json
	@$(ASSURANCE_PAGE)

reproducible: setup ## 在两个目录中各编译一次 Pico 固件并比较（几分钟） | build the Pico's image in two folders and compare (minutes)
	@$(BIN)/python -m reedgate_boards.image.reproducible $(ARGS)

lint: ready-to-test ## 代码风格 | style of the code
	@$(BIN)/ruff check .

check: lint ## 风格与导入规则，不运行测试 | style and import law, without the tests
	@$(BIN)/lint-imports --no-logo

ready-to-test:
	@$(PYTHON) requirements/bootstrap.py test

lock: ## 重新锁定 requirements/（需要 uv） | lock requirements/ anew (needs uv)
	PATH="$(CURDIR)/$(BIN):$$PATH" uv $(COMPILE) --extra gateway --extra sim --group build pyproject.toml -o requirements/run.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" uv $(COMPILE) --group test -c requirements/run.txt -o requirements/test.txt

clean: ## 删除 .venv 和各种缓存 | remove .venv and the caches
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
