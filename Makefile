# Every command that a checkout needs. `make` alone lists them.
#
# Compiled dependencies live in a cache folder outside the checkout, so that a second checkout, or
# a second run on a build machine, does not compile them again.

cache := $(or $(THUMBWHEEL_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/thumbwheel)
CARGO_TARGET_DIR ?= $(shell mkdir -p "$(cache)/target" 2>/dev/null && test -w "$(cache)/target" \
	&& echo "$(cache)/target" || echo "$(CURDIR)/target")
export CARGO_TARGET_DIR := $(abspath $(CARGO_TARGET_DIR))

PREFIX ?= $(HOME)/.local
host := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
binary := $(CARGO_TARGET_DIR)/$(host)/release/thumbwheel
# A static C library makes the release binary independent of the machine it runs on. Cargo applies
# the flag to build scripts too unless --target is given, even for this very machine.
static := $(if $(findstring linux-gnu,$(host)),-C target-feature=+crt-static)

say = echo "make: $(1)" >&2

# Chooses how DuckDB is linked: the prebuilt library where there is one, else compiled from source.
link = features=--no-default-features; status=0; DUCKDB_LIB_DIR=$$(dist/duckdb.sh) || status=$$?; \
	case $$status in \
	0) export DUCKDB_LIB_DIR ;; \
	3) unset DUCKDB_LIB_DIR; features=; \
	   $(call say,compiling DuckDB from source; about 30 minutes on 2 cores the first time) ;; \
	*) exit $$status ;; \
	esac

.PHONY: help demo test release test-release install bench clean tools
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 22

demo: tools ## build it and try it, with made-up data (first time about 6 minutes)
	@set -e; $(link); \
	$(call say,building; about 3 minutes the first time and seconds later); \
	cargo build --locked $$features; \
	exec "$$CARGO_TARGET_DIR/debug/thumbwheel" demo

test: tools ## formatting, lints and all tests (first time about 15 minutes)
	@set -e; $(link); \
	cargo fmt --version >/dev/null; cargo clippy --version >/dev/null; \
	cargo fetch --locked --target $(host); \
	$(call say,formatting); \
	cargo fmt --check; \
	$(call say,lints; about 3 minutes the first time); \
	cargo clippy --locked --all-targets $$features -- -D warnings; \
	settings=$$(tests/node/ready.sh); eval "$$settings"; \
	$(call say,tests; building them takes about 3 minutes the first time); \
	cargo test --locked $$features

release: tools ## build the one self-contained binary (first time about 30 minutes)
	@set -e; unset DUCKDB_LIB_DIR; \
	$(call say,compiling DuckDB into the binary; about 30 minutes on 2 cores the first time); \
	RUSTFLAGS='$(static)' cargo build --release --locked --target $(host); \
	$(call say,$(binary) is ready: $$(($$(wc -c <"$(binary)") / 1000000)) MB)

test-release: release ## contract tests against exactly that binary
	@set -e; readelf -h "$(binary)" >/dev/null; \
	needed=$$(readelf -d "$(binary)" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ' '); \
	case $$needed in *duckdb*) $(call say,$(binary) must not need a DuckDB library); exit 1 ;; esac; \
	$(call say,shared libraries that the binary needs: $${needed:-none}); \
	$(link); unset LD_LIBRARY_PATH; \
	contract="cargo test --locked $$features --test integration -- contract analytics demo tokens playground widget::build"; \
	$$contract --list | grep -c ': test$$' >/dev/null || { $(call say,there are no contract tests); exit 1; }; \
	THUMBWHEEL_BIN="$(binary)" $$contract

# QUICK=1 measures fewer rows. THUMBWHEEL_BIN=FILE measures another binary; the client beside it is
# always built as the release is.
bench: release ## measure that binary (about 10 minutes; with QUICK=1, 2)
	@set -e; unset DUCKDB_LIB_DIR; \
	export THUMBWHEEL_BIN="$${THUMBWHEEL_BIN:-$(binary)}" RUSTFLAGS='$(static)'; \
	cargo bench --locked --target $(host) --bench figures -- $(if $(QUICK),--quick)

install: release ## copy that binary to PREFIX/bin (default ~/.local)
	@install -D -m 755 "$(binary)" "$(PREFIX)/bin/thumbwheel"; \
	$(call say,$(PREFIX)/bin/thumbwheel is ready)

clean: ## remove everything built, DuckDB included
	cargo clean

tools:
	@missing=; \
	for tool in cargo cc c++; do \
		command -v $$tool >/dev/null || { missing=yes; $(call say,$$tool is missing); }; \
	done; \
	command -v npm >/dev/null || command -v curl >/dev/null || \
		$(call say,neither npm nor curl is here to fetch a prebuilt DuckDB: it will be compiled); \
	[ -z "$$missing" ] || { \
		$(call say,cargo comes with Rust: https://rustup.rs); \
		$(call say,cc and c++ come with a C++ compiler: apt-get install g++ or dnf install gcc-c++); \
		exit 1; \
	}
