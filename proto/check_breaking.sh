#!/usr/bin/env bash
# Compare the contracts with the last commit of main that has others; a breaking change fails.
# Where they are what main has, the commit before the last change of them is the base.
set -euo pipefail
cd "$(dirname "$0")/.."
buf="${BUF:-.venv/bin/buf}"

if ! command -v git >/dev/null || ! git rev-parse --git-dir >/dev/null 2>&1; then
  echo "buf breaking: skipped, this is no git checkout"
  exit 0
fi
main="$(git rev-parse --verify --quiet main || git rev-parse --verify --quiet origin/main || true)"
if [ -z "$main" ]; then
  echo "buf breaking: skipped, there is no branch main to compare with"
  exit 0
fi
sources=(proto/contact_center)
base="$(git rev-list -1 "$main" -- "${sources[@]}")"
if [ -n "$base" ] && git diff --quiet "$base" -- "${sources[@]}"; then
  base="$(git rev-list -1 "$base^" -- "${sources[@]}" 2>/dev/null || true)"
fi
if [ -z "$base" ]; then
  echo "buf breaking: skipped, no earlier commit on main has contracts"
  exit 0
fi
echo "buf breaking: against $(git log -1 --format='%h %s' "$base")"
git_folder="$(git rev-parse --path-format=absolute --git-common-dir)"
cd proto
"../$buf" breaking --against "$git_folder#ref=$base,subdir=proto"
