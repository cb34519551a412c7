"""What --status and --filter ask of rows is what is printed of them."""

from __future__ import annotations

from fleet.board.context_state import BEHIND_AFTER, ContextState, KindVisibility
from kubectl_plugin.verbs.get.printable_kinds import KINDS


def test_a_context_is_behind_by_the_clock_that_its_state_is_printed_by() -> None:
    kind = KINDS["contexts"]
    context = ContextState("prod", visibility={"stacks": KindVisibility(synced=True, last_event_at=1000.0)})
    for now, word in ((1000.0, "connected"), (1001.0 + BEHIND_AFTER, "behind")):
        assert kind.to_json(context, now)["state"] == word
        assert kind.status_words(context, now) == (word,)
        assert word in kind.fields_of(context, now).text
