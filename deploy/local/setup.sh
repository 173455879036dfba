#!/usr/bin/env bash
# Make .venv with every package of the project, each version pinned by constraints.txt.
# Runs again only when something that it depends on has changed. PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(proto libs/*/ services/*/ deploy/local)
stamp=.venv/setup-done

say() { printf '%s\n' "$*" >&2; }

# The path is part of the key: a moved checkout has scripts that point to its old place.
key() {
  { pwd; cat constraints.txt pyproject.toml deploy/local/setup.sh "${packages[@]/%//pyproject.toml}"; } |
    sha256sum
}

is_done() { [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(key)" ]; }

# An environment of another place or another Python than the one asked for is made anew.
is_usable() {
  grep -qs "VIRTUAL_ENV=.*$(pwd)/.venv" .venv/bin/activate &&
    .venv/bin/python -m pip --version >/dev/null 2>&1 &&
    { [ -z "${PYTHON:-}" ] || [ "$(.venv/bin/python -V)" = "$("$PYTHON" -V)" ]; }
}

make_environment() {
  local python refused=""
  for python in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
      2>/dev/null; then
      continue
    fi
    rm -rf .venv
    if "$python" -m venv .venv >/dev/null 2>&1; then
      say "using $("$python" --version) ($(command -v "$python"))"
      return
    fi
    refused="$python"
  done
  rm -rf .venv
  if [ -n "$refused" ]; then
    say "$refused cannot make a virtual environment: install its venv package" \
      "(Debian and Ubuntu: apt install python3-venv), then try again"
  else
    say "Python 3.11, 3.12, 3.13 or 3.14 is needed and none was found on PATH:" \
      "install one, or name one with make PYTHON=/path/to/python3"
  fi
  exit 1
}

is_done && exit 0
if command -v flock >/dev/null; then
  mkdir -p build
  exec 9>build/setup.lock
  flock 9
  is_done && exit 0
fi
say "setting up .venv (the first time this takes a minute or two) …"
if is_usable; then rm -f "$stamp"; else make_environment; fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
# Behind a company's proxy the system knows the certificates, and uv's own list does not.
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"; fi
editable=()
for package in "${packages[@]}"; do editable+=(-e "./${package%/}"); done
UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-120}" .venv/bin/python -m uv pip install --quiet \
  --python .venv/bin/python --constraints constraints.txt --build-constraints constraints.txt \
  --group dev "${editable[@]}"
key >"$stamp"
say "set up"
