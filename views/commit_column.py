"""The column COMMIT of Stacks while a filter asks for a commit: whether it is applied, or only wanted so far."""

from __future__ import annotations

from collections.abc import Callable

from fleet.board.rows import StackRow, short_commit
from views.columns import STACK_COLUMNS, Column, ColumnWidth
from views.filter_fields import commits_of

Asked = Callable[[], tuple[str, ...]]
"""the commits that are asked for, or how they begin, in lower case"""
_COMMIT = next(column for column in STACK_COLUMNS if column.id == "commit")


def commit_column(asked: Asked) -> Column[StackRow]:
    """It says in words which commit matched, and is never left out."""
    return Column(
        _COMMIT.id,
        _COMMIT.title,
        lambda row, now: commit_words(row, asked()) or _COMMIT.text(row, now),
        _COMMIT.order,
        _COMMIT.shortcut,
        width=ColumnWidth(0, 16, 31, least_wide=31),
        tone=lambda row: "good" if _is_among(row.commit_applied, asked()) else "busy",
        filter_word=_COMMIT.filter_word,
    )


def commit_words(row: StackRow, asked: tuple[str, ...]) -> str:
    """``a20bdac applied``, or what is wanted and what is applied where that isn't the same; what matched stands first.

    Empty where neither did.
    """
    wanted, applied = short_commit(row.commit_wanted), short_commit(row.commit_applied)
    if _is_among(row.commit_applied, asked):
        return f"{applied} applied" if wanted in ("", applied) else f"{applied} applied, {wanted} wanted"
    if _is_among(row.commit_wanted, asked):
        return f"{wanted} wanted, {applied or 'none'} applied"
    return ""


def _is_among(commit: str, asked: tuple[str, ...]) -> bool:
    return any(form.startswith(one) for form in commits_of(commit) for one in asked)
