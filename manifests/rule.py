"""A rule: its id, how bad it is to break it, and what there is to say of it in general."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from manifests.problem import Edit, FieldPath, Problem, Severity
from manifests.product_versions import NEWEST, ProductVersions

if TYPE_CHECKING:
    from manifests.document import Document

LIVE_EXAMPLES_AT = "2026-11-30T12:00:00Z"


@dataclass(frozen=True)
class Rule:
    """One line of `lint --rules` and one section of docs/lint.md. The id is a promise and never changes."""

    id: str
    severity: Severity
    title: str
    """what is wrong, in one sentence without a full stop"""
    effect: str
    """what it does at run time, and since or until which version"""
    remedy: str
    """how it is written right"""
    wrong: str
    """manifests that break it, and no other rule at the place in question"""
    right: str
    """the same, mended"""
    alike: str
    """manifests that look like a case of it, and aren't"""
    gives_way_to: tuple[str, ...] = ()
    """rules that say more about the same place: where one of them speaks, this one is silent"""
    examples_for: ProductVersions = NEWEST
    """the versions for which the examples are what they are called"""

    @property
    def is_live(self) -> bool:
        """Whether only a cluster tells: its examples are objects of one, as it has them at LIVE_EXAMPLES_AT."""
        return self.id.startswith("live/")

    def at(
        self,
        document: Document,
        path: FieldPath,
        message: str,
        *,
        fix: str = "",
        edits: Sequence[Edit] = (),
        severity: Severity | None = None,
        of_value: bool = False,
    ) -> Problem:
        """A problem at a field: the key of a mapping, or the item of a list. A path that isn't there stands for the
        deepest part of it that is; with `of_value` the place is where the value begins. Paths, those of edits as
        well, begin at the object."""
        return Problem(
            rule=self.id,
            severity=severity or self.severity,
            message=message,
            file=document.file,
            position=document.position(path, of_value=of_value),
            object=document.title if document.kind or document.name else "",
            fix=fix or self.remedy,
            document=document.index,
            path=document.base + path,
            edits=tuple(replace(each, path=document.base + each.path) for each in edits),
        )


_FILE_LINE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)


def example_files(example: str) -> dict[str, str]:
    """The files of an example by their paths; lines such as ``# file: apps/web.yaml`` part them."""
    first, *others = _FILE_LINE.split(example)
    files = {"example.yaml": first} if first.strip() else {}
    return files | dict(zip(others[::2], others[1::2], strict=True))
