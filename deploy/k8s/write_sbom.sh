#!/usr/bin/env bash
# Writes a CycloneDX list of what each image's environment holds: write_sbom.sh [SERVICE …].
# Each service is installed as the Dockerfile does it; the tool lives apart, for its pins are its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=build/sbom
mkdir -p "$out"
if [ $# = 0 ]; then set -- services/*/; fi
tool="$out/.tool"
if [ ! -x "$tool/bin/cyclonedx-py" ]; then
  python3 -m venv "$tool"
  "$tool/bin/pip" install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
fi
for path in "$@"; do
  service="$(basename "$path")"
  made="$(mktemp -d)"
  trap 'rm -rf "$made"' EXIT
  python3 -m venv --without-pip "$made"
  PIP_CONSTRAINT=constraints.txt "$tool/bin/pip" --python "$made/bin/python3" install --quiet \
    --disable-pip-version-check ./proto ./libs/chassis ./libs/agent "./services/$service"
  "$tool/bin/cyclonedx-py" environment --output-format JSON --output-file "$out/$service.json" \
    --spec-version 1.6 --output-reproducible "$made"
  rm -rf "$made"
  echo "$out/$service.json"
done
