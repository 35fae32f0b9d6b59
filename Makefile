# Everything one does with a clone. `make` alone says what there is.

PREFIX ?= $(HOME)/.local
SYSTEM_PREFIX ?= /usr/local
CARGO ?= cargo
DEMO ?=
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help setup build demo bench test lint install uninstall install-system uninstall-system deb deny

help: ## this list
	@echo "usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## libtorch, ONNX Runtime and what tests compare with into .runtime/ (done once; the other targets do it by themselves)
	@scripts/setup
	@scripts/node-tests
	@scripts/tensorboard-reader

build: setup ## the programs, optimised, into target/release
	$(CARGO) build --release --locked --bins

demo: build ## the whole story in minutes (DEMO="--no-dashboard --seed 1" passes options on)
	"$${CARGO_TARGET_DIR:-target}/release/dissect" demo $(DEMO)

bench: setup ## what a gradient and a step of ascent cost, as ratios (BENCH="--quick --out FOLDER")
	$(CARGO) run --release --locked -p dissect-trainer --example bench -- $(BENCH)

test: setup ## every test, with the counts last
	@scripts/test

lint: setup ## formatting, clippy and documentation, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

install: build ## programs, libraries, completions, man pages and the user unit under PREFIX (~/.local)
	@scripts/install "$(PREFIX)"

uninstall: ## what install put under PREFIX; runs and models stay
	@scripts/install --remove "$(PREFIX)"

install-system: ## as root after build: the same for the whole machine under /usr/local (SYSTEM_PREFIX), with the system unit and its user
	@scripts/install --system "$(SYSTEM_PREFIX)"

uninstall-system: ## what install-system put there; runs in /var/lib/dissect stay
	@scripts/install --system --remove "$(SYSTEM_PREFIX)"

deb: build ## a Debian package in target/debian (needs cargo-deb)
	@scripts/package

deny: ## licences and advisories of the dependencies (needs cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "deny: cargo-deny is not installed; cargo install cargo-deny" >&2; exit 1; }
	cargo-deny --workspace check
