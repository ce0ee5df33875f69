#!/usr/bin/env bash
# The life of three accounts, with the provider and the emulator that were built: init, plan, apply, a change, an empty
# plan, destroy, and at each step what the API saw. `make demo` builds both and starts this.
#
# Usage: TERRAFORM=<terraform or tofu> run.sh PROVIDER EMULATOR
#
# It works in a folder of its own that it removes, with a plugin mirror and a CLI configuration of its own, and talks to
# 127.0.0.1 only. Any step that fails, and any call too many or too few, ends it with 1.

set -euo pipefail

if [ $# -ne 2 ]; then
  echo "Usage: TERRAFORM=<terraform or tofu> $0 PROVIDER EMULATOR    (make demo builds both and starts this)" >&2
  exit 2
fi
terraform=${TERRAFORM:-terraform}
provider=$1
emulator=$2
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
  bold=$'\033[1m' cyan=$'\033[36m' dim=$'\033[2m' plain=$'\033[0m'
else
  bold='' cyan='' dim='' plain=''
fi
# Colours that the CLI puts in front of what a line begins with.
paint=$'\\(\033\\[[0-9;]*m\\)*'

fail() {
  printf '\n%s\n' "The demo failed: $*" >&2
  exit 1
}

# --- A folder of its own, and an end that leaves nothing behind -------------------------------------------------------

work=$(mktemp -d)
emulator_id=

clean_up() {
  if [ -n "$emulator_id" ]; then
    kill "$emulator_id" 2>/dev/null || true
    wait "$emulator_id" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing of the user's own set-up: no dev_overrides, no workspace, no variables, no real key.
unset "${!TF_@}" "${!ALIBABA_CLOUD_@}"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

# --- The provider, in a mirror that is the only place to install from -------------------------------------------------

about=$("$terraform" version -json) || fail "$terraform does not tell its version"
platform=$(sed -n 's/.*"platform": *"\([^"]*\)".*/\1/p' <<<"$about")
about=$("$terraform" version)
case $about in
  OpenTofu*) registry=registry.opentofu.org ;;
  *) registry=registry.terraform.io ;;
esac
version=$("$provider" --version) || fail "$provider does not tell its version"
version=${version##* }

installed=$work/plugins/$registry/smartag/smartag/$version/$platform
mkdir -p "$installed"
cp "$provider" "$installed/terraform-provider-smartag_v$version"
cp -R "$examples/demo" "$examples/modules" "$work/"
cat >"$work/cli.tfrc" <<'EOF'
provider_installation {
  filesystem_mirror {
    path = "../plugins"
  }
}
EOF
export TF_CLI_CONFIG_FILE=$work/cli.tfrc

# --- The emulator -----------------------------------------------------------------------------------------------------

calls=$work/calls.log
mkfifo "$work/announcement"
"$emulator" >"$work/announcement" 2>"$calls" &
emulator_id=$!
read -r -t 20 announcement <"$work/announcement" || fail "the emulator did not start: $(cat "$calls")"
url=${announcement#listening on }

export ALIBABA_CLOUD_ACCESS_KEY_ID=LTAI-emulator-id
export ALIBABA_CLOUD_ACCESS_KEY_SECRET=emulator-secret
export ALIBABA_CLOUD_ENDPOINT_SMARTAG=$url
cd "$work/demo"

# --- What a step is made of -------------------------------------------------------------------------------------------

number=0
lines_before=0

# step TITLE: a headline.
step() {
  number=$((number + 1))
  printf '\n%s%s. %s%s\n' "$bold" "$number" "$1" "$plain"
}

# run KEEP ARGUMENT...: calls the CLI and shows of its output what the sed script KEEP prints, or all if it fails.
run() {
  local keep=$1
  shift
  printf '%s$ %s %s%s\n\n' "$dim" "$(basename "$terraform")" "$*" "$plain"
  lines_before=$(wc -l <"$calls")
  local outcome=0
  "$terraform" "$@" >"$work/output" 2>&1 || outcome=$?
  if [ "$outcome" -ne 0 ]; then
    cat "$work/output"
    fail "$1 ended with $outcome"
  fi
  if grep -q 'demo-Only' "$work/output" "$calls"; then
    fail "a password showed in the output of $1 or in the calls"
  fi
  sed -n "$keep" "$work/output"
}

# The calls since the CLI was started.
new_calls() {
  tail -n "+$((lines_before + 1))" "$calls"
}

# saw [COUNT ACTION]...: shows the calls of this step, and fails unless there were so many of each.
saw() {
  printf '\n%sWhat the API saw:%s\n' "$bold" "$plain"
  if [ -z "$(new_calls)" ]; then
    echo "    nothing"
  else
    new_calls | sed "s/^/    $cyan/; s/\$/$plain/"
  fi
  local found
  while [ $# -gt 0 ]; do
    found=$(new_calls | grep -c " $2 .* 200 ok" || true)
    [ "$found" -eq "$1" ] || fail "$2 was to be called $1 times and was called $found times"
    shift 2
  done
}

changes="/^$paint  # /,/^${paint}Plan:/p"
progress='/: Creat/p; /: Modif/p; /: Destr/p; /complete!/p'
[ -n "$plain" ] || export TF_CLI_ARGS=-no-color

# --- The life of three accounts ---------------------------------------------------------------------------------------

step "Install the provider from a throw-away mirror"
run '/Install/p' init
saw

step "Plan: three people join, one of them suspended until next month"
run "$changes" plan -var-file=monday.tfvars -out=monday.tfplan
grep -q 'password *= (sensitive value)' "$work/output" || fail "the plan does not show the password as sensitive"
saw

step "Apply: the accounts are made; whoever is suspended is also disconnected"
run "$progress" apply monday.tfplan
saw 3 CreateSmartAccessGatewayClientUser 1 DisableSmartAccessGatewayUser 1 KickOutClients

step "Change: more bandwidth and another address for Alice, Bob suspended, a new password for Carol"
run "$changes" plan -var-file=tuesday.tfvars -out=tuesday.tfplan
saw 0 ModifySmartAccessGatewayClientUser

step "Apply the change: every account stays, and only Bob is kicked"
run "$progress" apply tuesday.tfplan
saw 1 ModifySmartAccessGatewayClientUser 1 DisableSmartAccessGatewayUser 1 ResetSmartAccessGatewayClientUserPassword \
  1 KickOutClients 0 CreateSmartAccessGatewayClientUser 0 DeleteSmartAccessGatewayClientUser

step "Plan again: nothing is left to do, and one call reads all three"
run '/No changes/p' plan -var-file=tuesday.tfvars -detailed-exitcode
saw 1 DescribeSmartAccessGatewayClientUsers

step "Destroy"
run "$progress" destroy -var-file=tuesday.tfvars -auto-approve
saw 3 DeleteSmartAccessGatewayClientUser

printf '\n%sAll went as it should.%s The emulator is ended and the folder is removed.\n' "$bold" "$plain"
