#!/bin/sh
# Records tests/vectors anew from the terraform (or the CLI named by $CLI) on the path. Needs no network.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
cli=${CLI:-terraform}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$root" && cargo build --quiet --example recorder)
cp "${CARGO_TARGET_DIR:-$root/target}/debug/examples/recorder" "$work/terraform-provider-recorder"
cp "$here/main.tf" "$work"
cd "$work"
cat > cli.tfrc <<END
provider_installation {
  dev_overrides {
    "smartag/recorder" = "$work"
  }
  direct {}
}
END
export TF_CLI_CONFIG_FILE="$work/cli.tfrc" RECORDING="$work/recording" CHECKPOINT_DISABLE=1

# The first run sends what is unknown and then what it became, the second one stored state.
"$cli" apply -auto-approve > /dev/null
"$cli" plan -detailed-exitcode > /dev/null

name=$("$cli" version | sed -n '1s/ v/-/p' | tr '[:upper:]' '[:lower:]')
LC_ALL=C sort -u recording > "$root/tests/vectors/$name.jsonl"
