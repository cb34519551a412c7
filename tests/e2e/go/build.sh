#!/bin/sh
# Build the real servers the end-to-end tests run against, once, into a cache outside the tree.
#
# usage: build.sh [CACHE]   (default: $PKO_ARGO_E2E_CACHE, else ~/.cache/pko-argo-e2e)
# A binary's name carries its version, so a bump of go.mod builds a new one and leaves the old.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${PKO_ARGO_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pko-argo-e2e}}
mkdir -p "$cache"

build() { # folder, module, package, name, ldflags
    version=$(sed -n "s|^require $2 ||p" "$here/$1/go.mod" | head -n 1)
    [ -n "$version" ] || { echo "build.sh: $1/go.mod doesn't name a version of $2" >&2; exit 1; }
    out=$cache/$4-$version
    [ -x "$out" ] && { echo "$out"; return; }
    echo "building $4 $version (minutes, once)" >&2
    flags=$(printf '%s' "$5" | sed "s/VERSION/$version/")
    (cd "$here/$1" && go build -trimpath -ldflags "$flags" -o "$out.part" "$3")
    mv "$out.part" "$out"
    echo "$out"
}

build etcd go.etcd.io/etcd/server/v3 go.etcd.io/etcd/server/v3 etcd "-s -w"
build kwok sigs.k8s.io/kwok sigs.k8s.io/kwok/cmd/kwok kwok "-s -w"
build apiserver k8s.io/kubernetes k8s.io/kubernetes/cmd/kube-apiserver kube-apiserver \
    "-s -w -X k8s.io/component-base/version.gitVersion=VERSION"
