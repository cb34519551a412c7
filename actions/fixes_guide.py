"""docs/fixes.md, made from the registry: what there is to say of each fix in general."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from actions.guide import FixGuide
from actions.registry import CHANGES
from actions.workflow import ChangeKind

_HEAD = """# Fixes

What `kubectl pko-argo` can do for a Stack that is stuck. `diagnose NAME` says which of it helps, `diagnose NAME
--fix` walks through it, and `F` on the board does the same on the screen.
[`troubleshooting.md`](troubleshooting.md) has the causes. This page is written from the program's own table.

Every fix is a plan before it is anything else: each request that will be sent, the same in kubectl's words, what it
can hurt, which rights it needs and whether you have them, what was looked at and when, and what will prove it.
`--dry-run` stops there. Else a question follows; what can hurt wants a word typed: the context, or what is hurt
(the Stack whose run is lost, the holder of a lock); the question says which. The requests carry the uid, and where
it matters the resourceVersion, of what was looked at. If somebody was faster, the server refuses them, everything
is looked at anew, and they are sent only if they are the same. Each is sent at most once. Then the proof is read
back: 3 where it can't come, 4 where it doesn't come in time. `actions.jsonl` in the state folder records what was
sent, before it is sent, and what came of it; of a plan that was broken off between its requests that is pointed out
when the same is planned again, and planning again finishes what is missing.

What runs in a workspace pod is looked at for `restart-workspace`, `cancel`, `unwedge` and `release`, by a command
in the pod that lists the names of its processes: when it is planned, and, where no precondition can hold it, again
right before it is sent. With `--dry-run=client`, and where nothing may be changed (`--read-only`, the
configuration, `:write off`), no command is run: the plan says that this wasn't looked at, and is only shown.

Several stacks by name, `-l`, or `--cause ID` are begun one a second (`--rate`), each followed to its own end. The
plan of the first one is shown whole, of the others every request and what differs. The first ctrl+c begins no more
of them, and prints the commands that go on with those that are left; a second one leaves. On the screen `:changes`
leads back to what is under way.

`diagnose NAME --fix` picks the verbs itself. So it asks about what can hurt also with `--yes`, and where there is
no terminal to ask on it leaves that to you, with the command.

`--read-only`, `read-only` and `read-only-contexts` of the configuration forbid all of it. The third ClusterRole of
[`rbac.yaml`](rbac.yaml) has the rights.
"""
_ROWS = (
    ("helps", "Helps"),
    ("not_offered", "Isn't offered"),
    ("sends", "Sends"),
    ("hurts", "Can go wrong"),
    ("proof", "Is proven by"),
    ("undo", "Is undone"),
)


def fixes_guide(changes: Iterable[ChangeKind[Any, Any]] = tuple(CHANGES.values())) -> str:
    """The page as Markdown."""
    guides = [change.guide for change in changes if change.guide is not None]
    return _HEAD + "".join(part for guide in guides for part in _section(guide))


def _section(guide: FixGuide) -> Iterator[str]:
    name = guide.command.partition(" NAME")[0]
    yield f"\n## {name}\n\n`kubectl pko-argo {guide.command}`\n\n| | |\n|---|---|\n"
    for field, label in _ROWS:
        yield f"| {label} | {_cell(getattr(guide, field))} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
