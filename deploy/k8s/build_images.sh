#!/usr/bin/env bash
# Builds the image of every service: build_images.sh TAG [SERVICE …]. BUILDER says with what (docker,
# podman or buildah by itself), REGISTRY what stands before the names, BUILD_OPTIONS what it gets.
set -euo pipefail
cd "$(dirname "$0")/../.."

tag="${1:?which tag, such as 0.1.0}"
shift
if [ $# = 0 ]; then set -- services/*/; fi
if [ -z "${BUILDER:-}" ]; then
  for BUILDER in docker podman buildah none; do
    if command -v "$BUILDER" >/dev/null; then break; fi
  done
fi
if [ "$BUILDER" = none ]; then
  echo "docker, podman or buildah is needed to build images" >&2
  exit 1
fi
for path in "$@"; do
  service="$(basename "$path")"
  # shellcheck disable=SC2086  # several words are meant
  $BUILDER build ${BUILD_OPTIONS:-} --build-arg "SERVICE=$service" --build-arg "VERSION=$tag" \
    --tag "${REGISTRY:+$REGISTRY/}contact-center/$service:$tag" .
done
there="$($BUILDER images)"
echo "$there" | head -n 1
for path in "$@"; do
  echo "$there" | grep -E "contact-center/$(basename "$path")[: ]+$tag " || true
done
