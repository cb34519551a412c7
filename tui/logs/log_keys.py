"""The keys of the log page. Where k9s has one for the same thing, it is that."""

from __future__ import annotations

from textual.binding import Binding, BindingType


def _key(
    keys: str, action: str, word: str, name: str, does: str, *, show: bool = False, opens: bool = False
) -> Binding:
    """`opens` a line to type into: what comes behind it goes there, however fast."""
    return Binding(keys, action, word, show=show, id=f"logs.{name}", tooltip=does, priority=opens)


LOG_KEYS: list[BindingType] = [
    _key("e", "error(1)", "Error", "error", "The next error.", show=True),
    _key("E", "error(-1)", "Previous error", "error_back", "The previous error."),
    _key("left_square_bracket", "run(-1)", "Earlier run", "earlier", "The run before this one.", show=True),
    _key("right_square_bracket", "run(1)", "Later run", "later", "The run after this one.", show=True),
    _key("0", "tail", "All, end", "tail", "Everything, all runs, at its end.", show=True),
    _key("1", "head", "All, start", "head", "Everything from the first line that there is."),
    _key("2", "since(60)", "1m", "minute", "The last minute, all runs."),
    _key("3", "since(300)", "5m", "five_minutes", "The last 5 minutes, all runs."),
    _key("4", "since(900)", "15m", "quarter", "The last 15 minutes, all runs."),
    _key("5", "since(1800)", "30m", "half_hour", "The last 30 minutes, all runs."),
    _key("6", "since(3600)", "1h", "hour", "The last hour, all runs."),
    _key("s", "follow", "Autoscroll", "follow", "Stay at the end, or stay where you are.", show=True),
    _key("slash", "search", "Search", "search", "Look for a text or a regular expression.", show=True, opens=True),
    _key("n", "hit(1)", "Next hit", "hit", "The next line that holds it."),
    _key("N", "hit(-1)", "Previous hit", "hit_back", "The previous one."),
    _key("h", "only_hits", "Hits only", "only_hits", "Only lines that hold it, or all again."),
    _key("w", "wrap", "Wrap", "wrap", "Break long lines, or cut them.", show=True),
    _key("t", "times", "Times", "times", "The time of each line: as sent, local, its age, none.", show=True),
    _key("T", "jump", "Go to time", "jump", "Go to a time: -5m, 10:05, RFC 3339.", opens=True),
    _key("m", "mark", "Mark", "mark", "Mark this line, or unmark it."),
    _key("ctrl+backslash", "unmark", "Unmark", "unmark", "Take all marks away."),
    _key("c", "copy", "Copy", "copy", "Copy the marked lines, or all that are shown."),
    _key("a", "containers", "All containers", "containers", "All containers of the pod, or the agent's alone."),
    _key("C", "container", "Container", "container", "Choose a container."),
    _key("p", "previous", "Previous", "previous", "What containers wrote before they were started again."),
    _key("o", "operator", "Operator", "operator", "What the operator says about these Stacks, or not."),
    _key("z", "chatter", "Unfold", "chatter", "Unfold the talk between agent and operator, or fold it."),
    _key("f", "full", "Full screen", "full", "Hide everything but the log, or show it again."),
    _key("q,escape", "leave", "Back", "leave", "Back to where you came from.", show=True),
]

LINE_KEYS: list[BindingType] = [
    Binding("enter", "open", "Whole line", show=False, id="log.open", tooltip="The whole line, as it was written."),
    Binding("j,down", "move(1)", "Down", show=False, id="log.down", tooltip="One line down."),
    Binding("k,up", "move(-1)", "Up", show=False, id="log.up", tooltip="One line up."),
    Binding("pagedown,ctrl+f,space", "page(1)", "Page down", show=False, id="log.pagedown", tooltip="A page down."),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="log.pageup", tooltip="A page up."),
    Binding("g,home", "first", "Top", show=False, id="log.first", tooltip="The first line."),
    Binding("G,end", "last", "Bottom", show=False, id="log.last", tooltip="The last line, and follow."),
    Binding("right", "shift(1)", "Right", show=False, id="log.right", tooltip="See more of long lines."),
    Binding("left", "shift(-1)", "Left", show=False, id="log.left", tooltip="Back to the lines' beginning."),
]
