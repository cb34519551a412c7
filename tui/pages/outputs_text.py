"""The outputs of a Stack, as lines. The Secret that holds them is never asked for: the Stack's status has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.parts import Answer
from stacks.details import Output
from stacks.secret_names import MASK
from tui.paper import Line

_HINT = "Values are shown with x, except what Pulumi, or its name, calls secret."
_SHOWN = "These values are on the screen; x hides them."


def output_lines(answer: Answer, *, values: bool) -> Iterator[Line]:
    """Each output with its kind, or its value where that was asked for and the Stack doesn't call it secret."""
    if answer.why:
        yield Line(f"The Stack's outputs can't be read: {answer.why}", tone="odd")
        return
    if not answer.known:
        yield Line("Asking the cluster ...", tone="dim")
        return
    outputs: Mapping[str, Output] = answer.records[0].outputs if answer.records else {}
    if not outputs:
        yield Line("The Stack has no outputs (yet).", tone="dim")
        return
    yield Line(_SHOWN, tone="odd") if values else Line(_HINT, tone="dim")
    yield Line()
    for name, output in outputs.items():
        yield _output(name, output, values)


def _output(name: str, output: Output, values: bool) -> Line:
    if output.secret:
        return Line("secret: its value isn't in the Stack", name, "odd")
    if output.hidden:
        return Line(f"{output.kind} {MASK}: its name says that it is secret, though Pulumi doesn't", name, "odd")
    return Line(output.text, name) if values else Line(f"{output.kind} {MASK}", name, "dim")
