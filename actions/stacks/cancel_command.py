"""The command that cancels an update of a backend stack, to be run in a workspace pod's main container.

The container has the variables of its spec. Those of the agent's env file are given by the agent to the pulumi that it
starts, and to nobody else. They are read from there line by line as KEY=VALUE, and never as shell: values may hold
blanks, quotes and `$(…)`.
"""

from __future__ import annotations

_SCRIPT = " ".join(
    (
        "_file=${PULUMI_ENV:-/share/.env};",
        '[ ! -f "$_file" ] || while IFS= read -r _line || [ -n "$_line" ]; do',
        "_line=${_line#export }; _name=${_line%%=*}; _value=${_line#*=};",
        """case $_name in "$_line"|""|[0-9]*|*[!A-Za-z0-9_]*) continue;; esac;""",
        r"""case $_value in \"*\"|\'*\') _value=${_value#?}; _value=${_value%?};; *) _value=${_value%% #*};; esac;""",
        'export "$_name=$_value";',
        'done <"$_file";',
        'exec pulumi cancel --yes --stack "$1"',
    )
)
"""on one line, as it is shown; $1 is the backend stack"""


def cancel_command(stack: str) -> tuple[str, ...]:
    """The program and its arguments, for a POSIX shell in the container; the stack is an argument of its own."""
    return ("sh", "-c", _SCRIPT, "sh", stack)
