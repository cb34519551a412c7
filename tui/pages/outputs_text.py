"""The outputs of a Stack, as lines. The Secret that holds them is never asked for: the Stack's status has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.stack_objects.selections import SelectionResult
from stacks.records.stack_detail import StackOutput
from stacks.secret_names import MASK
from tui.widgets.text_view import TextLine

_HINT = "Values are shown with x, except what Pulumi, or its name, calls secret."
_SHOWN = "These values are on the screen; x hides them."


def output_lines(answer: SelectionResult, *, values: bool) -> Iterator[TextLine]:
    """Each output with its kind, or its value where that was asked for and the Stack doesn't call it secret."""
    if answer.why:
        yield TextLine(f"The Stack's outputs can't be read: {answer.why}", tone="odd")
        return
    if not answer.known:
        yield TextLine("Asking the cluster ...", tone="dim")
        return
    outputs: Mapping[str, StackOutput] = answer.records[0].outputs if answer.records else {}
    if not outputs:
        yield TextLine("The Stack has no outputs (yet).", tone="dim")
        return
    yield TextLine(_SHOWN, tone="odd") if values else TextLine(_HINT, tone="dim")
    yield TextLine()
    for name, output in outputs.items():
        yield _output(name, output, values)


def _output(name: str, output: StackOutput, values: bool) -> TextLine:
    if output.secret:
        return TextLine("secret: its value isn't in the Stack", name, "odd")
    if output.hidden:
        return TextLine(f"{output.kind} {MASK}: its name says that it is secret, though Pulumi doesn't", name, "odd")
    return TextLine(output.text, name) if values else TextLine(f"{output.kind} {MASK}", name, "dim")
