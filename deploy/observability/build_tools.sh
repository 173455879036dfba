#!/usr/bin/env bash
# Build what only the full tests ask: Jaeger 2 and mimirtool, from their Go modules, once, cached:
# build_tools.sh [jaeger] [mimirtool]. They call it themselves. Takes minutes and some GB of Go's cache;
# without Go it says so and builds nothing.
set -euo pipefail

home="${CONTACT_CENTER_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/contact-center}/observability"
export CGO_ENABLED=0 GOFLAGS="-p=1 -buildvcs=false"

wanted=" ${*:-jaeger mimirtool} "
command -v go >/dev/null || { echo "Go is not installed: no Jaeger, no mimirtool" >&2; exit 1; }
mkdir -p "$home"

# NAME MODULE@VERSION PACKAGE: go install refuses modules with replace directives.
build() {
  [[ "$wanted" = *" $1 "* && ! -x "$home/$1" ]] || return 0
  local folder
  folder="$(go mod download -json "$2" | sed -n 's/.*"Dir": "\(.*\)",*/\1/p')"
  (cd "$folder" && nice -n 19 go build -trimpath -ldflags "-s -w" -o "$home/$1.part" "$3")
  mv "$home/$1.part" "$home/$1"
}

build jaeger github.com/jaegertracing/jaeger@v1.76.0 ./cmd/jaeger
build mimirtool github.com/grafana/mimir@v1.3.1-0.20260423142704-aced80d74930 ./cmd/mimirtool
