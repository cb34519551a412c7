#!/bin/sh
# Build Argo CD's own programs, all of them in one binary, into the cache of the real servers.
#
# usage: build.sh [CACHE]   (default: $PKO_ARGO_E2E_CACHE, else ~/.cache/pko-argo-e2e)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${PKO_ARGO_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pko-argo-e2e}}
mkdir -p "$cache"
. "$here/../go.sh"

version=$(version_of "$here")
out=$cache/argocd-controllers-$version
[ -x "$out" ] && { echo "$out"; exit 0; }

use_go

echo "building the controllers of Argo CD $version (minutes, once)" >&2
cd "$here"
nice -n 15 go build -trimpath -ldflags "-s -w -X $module/common.version=${version#v}" -o "$out.part" "$module/cmd"
mv "$out.part" "$out"
echo "$out"
