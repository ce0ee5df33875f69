# What can be done here: `make` alone lists it. All of it needs Rust, a C compiler and make.

# The first of the two that is installed, unless one is named: make demo TERRAFORM=tofu
TERRAFORM ?= $(shell command -v terraform || command -v tofu)
# Where both look for providers without being told.
PLUGIN_DIR ?= $(HOME)/.terraform.d/plugins

# Asked when a recipe uses them, once there is something to ask.
target_dir = $(shell cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
provider = $(target_dir)/release/terraform-provider-smartag
version = $(lastword $(shell "$(provider)" --version))
# What rustc builds for, in Terraform's words.
platform = $(shell rustc -vV | sed -En -e 's/^host: //' -e 's/^x86_64-/amd64-/' -e 's/^aarch64-/arm64-/' \
	-e 's/^([a-z0-9]+)-.*(linux|darwin|freebsd).*/\2_\1/p')

.PHONY: help demo test check lint fmt clippy doc deny docs docs-current fmt-hcl bench advisories install dist provider need-terraform

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '  make %-11s %s\n' "$$target" "$$text"; done

demo: need-terraform provider ## See the provider at work against the emulator: init, plan, apply, a change, destroy
	cargo build --locked --package smartag-emulator
	@TERRAFORM="$(TERRAFORM)" examples/demo/run.sh "$(provider)" "$(target_dir)/debug/smartag-emulator"

test: ## Run all tests; SMARTAG_SKIP_CLI=1 leaves out those that need a Terraform CLI
	cargo test --workspace

check: lint test ## Run all tests, and check format, lints, documentation, licences and dependencies

lint: fmt clippy doc docs-current deny fmt-hcl ## The same without the tests

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

docs: ## Write the Registry pages in docs/ from the schema and the examples
	cargo run --quiet --locked --package tfplugin-docs

docs-current:
	cargo run --quiet --locked --package tfplugin-docs -- --check

deny:
	@cargo deny --version >/dev/null 2>&1 || { \
		echo "cargo-deny is missing; install it with: cargo install --locked cargo-deny" >&2; exit 1; }
	cargo deny check bans licenses sources

ifdef SMARTAG_SKIP_CLI
fmt-hcl:
	@echo "SMARTAG_SKIP_CLI is set: the format of the examples is not checked"
else
fmt-hcl: need-terraform
	"$(TERRAFORM)" fmt -check -diff -recursive examples
endif

bench: provider ## Measure start, memory, CPU per call and API calls: a table and target/bench.json; BENCH= takes flags
	cargo build --locked --release --package tfplugin-bench
	"$(target_dir)/release/tfplugin-bench" --provider "$(provider)" --json "$(target_dir)/bench.json" $(BENCH)

advisories: ## Look the dependencies up in the RustSec database, which is fetched; not a part of check
	cargo deny check advisories

install: provider ## Build the provider and put it where Terraform and OpenTofu look for providers
	@for registry in registry.terraform.io registry.opentofu.org; do \
		folder="$(PLUGIN_DIR)/$$registry/smartag/smartag/$(version)/$(platform)" && mkdir -p "$$folder" && \
		install -m 755 "$(provider)" "$$folder/terraform-provider-smartag_v$(version)" && \
		echo "Installed $$folder/terraform-provider-smartag_v$(version)" || exit 1; done
	@printf '%s\n' '' \
		'terraform init and tofu init find it there, unless your CLI configuration (~/.terraformrc, ~/.tofurc) has a' \
		'provider_installation block. Such a block then needs:' '' \
		'  filesystem_mirror {' '    path    = "$(PLUGIN_DIR)"' '    include = ["*/smartag/smartag"]' '  }' \
		'  direct {' '    exclude = ["*/smartag/smartag"]' '  }' '' \
		'A folder that was initialised with another build of this version has its checksum in .terraform.lock.hcl: remove' \
		'that file and run init again. To try each build without installing it, write instead:' '' \
		'  provider_installation {' '    dev_overrides {' '      "smartag/smartag" = "$(target_dir)/release"' '    }' \
		'    direct {}' '  }'

dist: provider ## Pack the provider as a registry wants it, into dist/
	@command -v zip >/dev/null || { echo "zip is missing; install it with the packages of your system" >&2; exit 1; }
	@command -v sha256sum >/dev/null || { echo "sha256sum is missing; it is part of coreutils" >&2; exit 1; }
	rm -rf dist && mkdir dist
	install -m 755 "$(provider)" "dist/terraform-provider-smartag_v$(version)"
	cd dist && zip -q -X -m "terraform-provider-smartag_$(version)_$(platform).zip" "terraform-provider-smartag_v$(version)"
	cd dist && sha256sum -- *.zip >"terraform-provider-smartag_$(version)_SHA256SUMS"
	@ls dist

# Alone, not with the workspace: together they would be built with each other's features.
provider:
	cargo build --locked --release

need-terraform:
	@test -n "$(TERRAFORM)" || { printf '%s\n' \
		'This needs a Terraform CLI, and neither terraform nor tofu is on the PATH. Install one of:' \
		'  Terraform  https://developer.hashicorp.com/terraform/install' \
		'  OpenTofu   https://opentofu.org/docs/intro/install/' >&2; exit 1; }
