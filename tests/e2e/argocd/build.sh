#!/bin/sh
# Build the judge, Argo CD's own Lua VM and settings code behind a line of JSON, into the cache of the real servers.
#
# usage: build.sh [CACHE]   (default: $PKO_ARGO_E2E_CACHE, else ~/.cache/pko-argo-e2e)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${PKO_ARGO_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pko-argo-e2e}}
mkdir -p "$cache"
. "$here/go.sh"

version=$(version_of "$here/judge")
out=$cache/argocd-judge-$version
sources=$(cat "$here/judge/main.go" "$here/judge/go.sum" | cksum)
[ -x "$out" ] && [ "$(cat "$out.sources" 2>/dev/null)" = "$sources" ] && { echo "$out"; exit 0; }

use_go

echo "building the judge of Argo CD $version (minutes, once)" >&2
cd "$here/judge"
nice -n 15 go build -trimpath -ldflags "-s -w" -o "$out.part" .
mv "$out.part" "$out"
echo "$sources" > "$out.sources"
echo "$out"
