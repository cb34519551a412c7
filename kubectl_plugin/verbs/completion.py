"""``completion``: what a shell has to be told so that it completes our words.

kubectl 1.26 and later asks ``kubectl_complete-pko_argo`` by itself, wherever kubectl's own completion is set up. These
scripts are for the program called by its own name, and for those who call it by an alias.
"""

from __future__ import annotations

import argparse
import sys

from kubectl_plugin.cli.exit_codes import ExitCode

_BASH = """\
# kubectl pko-argo: completion for bash. Put this into ~/.bashrc:
#   source <(kubectl-pko_argo completion bash)
_kubectl_pko_argo() {
    local line files="" typed="${COMP_LINE:0:COMP_POINT}" last cut=""
    local -a words
    read -ra words <<< "$typed"
    if [[ $typed == *[[:space:]] ]]; then
        words+=("")
    fi
    # bash takes : and = for the ends of words, and replaces only what stands behind the last of them
    last="${words[${#words[@]}-1]}"
    if [[ $last == *[:=]* ]]; then
        cut="${last%"${last##*[:=]}"}"
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :0) files=1 ;;
            :*) ;;
            *) line="${line%%$'\\t'*}"; COMPREPLY+=("${line#"$cut"}") ;;
        esac
    done < <(kubectl_complete-pko_argo "${words[@]:1}" 2>/dev/null)
    if [[ -n $files ]]; then
        compopt -o default
    fi
}
complete -F _kubectl_pko_argo kubectl-pko_argo
"""

_ZSH = """\
#compdef kubectl-pko_argo
# kubectl pko-argo: completion for zsh. Put this into ~/.zshrc, after compinit:
#   source <(kubectl-pko_argo completion zsh)
_kubectl_pko_argo() {
    local line files=""
    local -a found
    while IFS= read -r line; do
        case $line in
            :0) files=1 ;;
            :*) ;;
            *$'\\t'*) found+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}") ;;
            *) found+=("${line//:/\\\\:}") ;;
        esac
    done < <(kubectl_complete-pko_argo "${(@)words[2,CURRENT]}" 2>/dev/null)
    _describe 'pko-argo' found
    [[ -n $files ]] && _files
}
compdef _kubectl_pko_argo kubectl-pko_argo
"""

_FISH = """\
# kubectl pko-argo: completion for fish. Put this into ~/.config/fish/completions/kubectl-pko_argo.fish, or:
#   kubectl-pko_argo completion fish | source
function __kubectl_pko_argo
    set -l words (commandline -opc)
    for line in (kubectl_complete-pko_argo $words[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case ':0'
                __fish_complete_path (commandline -ct)
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c kubectl-pko_argo -f -a '(__kubectl_pko_argo)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def add_flags(to: argparse.ArgumentParser) -> None:
    to.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that is to read it")


def run(options: argparse.Namespace) -> ExitCode:
    sys.stdout.write(_SCRIPTS[options.shell])
    return ExitCode.FINE
