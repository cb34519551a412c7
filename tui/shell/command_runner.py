"""Doing what was typed after a colon."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from settings.config_file import members
from tui.board_screens import AppsScreen, StacksScreen
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import OpenApplications
from tui.shell.palette_commands import COMMANDS, resolve
from tui.tables.table_screen import TableScreen

if TYPE_CHECKING:
    from tui.app import PkoArgo


def run_command(app: PkoArgo, text: str) -> None:
    """Do it, or say why not."""
    command, rest = resolve(text)
    if not text.strip(": "):
        return
    if command is None:
        names = ", ".join(one.name for one in COMMANDS)
        verb = text.strip().partition(" ")[0]
        app.notify(f"{verb} is no command; there are {names}", severity="warning", markup=False)
        return
    match command.name:
        case "stacks":
            app.go_home()
        case "apps":
            app.go_home()
            app.open_page(OpenApplications())
        case "ctx" if rest:
            _contexts(app, rest)
        case "ctx":
            app.action_contexts()
        case "ns":
            _namespace(app, rest)
        case "health":
            app.action_checks()
        case "theme":
            app.choose_theme(rest)
        case "help":
            app.action_help()
        case "save":
            _save(app, rest)
        case "write":
            _write(app, rest.lower())
        case "copy":
            _copy(app, rest)
        case "q":
            app.exit()
        case name:
            _of_a_table(app, name, rest)


def _write(app: PkoArgo, word: str) -> None:
    """Only a plain yes switches writes on."""
    if word in ("", "on", "off"):
        app.allow_writes(on=word != "off")
    else:
        said = f":write {word} says neither on nor off; writes stay {'on' if app.writable else 'off'}"
        app.notify(said, severity="warning", markup=False)


def _of_a_table(app: PkoArgo, name: str, rest: str) -> None:
    screen = app.screen
    if not isinstance(screen, TableScreen):
        app.notify(f"{name} needs a table; go back to one first", severity="warning", markup=False)
        return
    if name == "columns":
        screen.action_columns()
    elif name == "sort":
        _sort(screen, rest)
    elif name == "group" and not rest:
        screen.action_group()
    elif name == "group" and not screen.regroup(rest):
        known = ", ".join([*screen.face.groupings, "label KEY", "off"])
        app.notify(f"The lines can be grouped by {known}", severity="warning", markup=False)


def _sort(screen: TableScreen[Any], column: str) -> None:
    face = screen.face
    known = {face.order_name: ""} | {one.id: one.id for one in face.columns}
    if column.lower() in known:
        screen.action_sort(known[column.lower()])
    else:
        screen.notify(f"The lines can be sorted by {', '.join(known)}", severity="warning", markup=False)


def _list_of_objects(app: PkoArgo) -> TableScreen[Any]:
    """The table that is looked at, or the board if there is none here whose rows live in namespaces."""
    if not isinstance(app.screen, StacksScreen | AppsScreen):
        app.go_home()
    screen = app.screen
    assert isinstance(screen, TableScreen)
    return screen


def _contexts(app: PkoArgo, names: str) -> None:
    """List only these: names, or groups of the configuration."""
    try:
        patterns = members(_chosen(names), app.preferences.groups)
    except KeyError as error:
        app.notify(str(error.args[0]), severity="warning", markup=False)
        return
    watched = app.fleet.board.contexts
    chosen = [name for pattern in patterns for name in fnmatch.filter(watched, pattern) or [pattern]]
    _list_of_objects(app).narrow(contexts=chosen)


def _namespace(app: PkoArgo, names: str) -> None:
    screen = _list_of_objects(app)
    if names:
        screen.narrow(namespaces=_chosen(names))
        return
    from tui.widgets.dialogs import ChoiceDialog

    offered = list(screen.words("ns"))

    def answered(place: int | None) -> None:
        if place is not None:
            screen.narrow(namespaces=_chosen(offered[place]))

    app.push_screen(ChoiceDialog("List only one namespace", offered), answered)


def _chosen(names: str) -> list[str]:
    """The names of a line; none of them for ``all``, as k9s has it."""
    found = names.replace(",", " ").split()
    return [] if found == ["all"] else found


def _save(app: PkoArgo, kind: str) -> None:
    if not app.save_as(kind.lower()):
        kinds = " and ".join(export.suffix for export in app.exports())
        app.notify(f"{kind} can't be saved here; there are {kinds}", severity="warning", markup=False)


def _copy(app: PkoArgo, what: str) -> None:
    from tui.logs.log_page import LogPage

    screen = app.screen
    if what not in ("", "name", "kubectl"):
        app.notify(f"{what} can't be copied; there are name and kubectl", severity="warning", markup=False)
        return
    if not isinstance(screen, TableScreen | PageScreen | LogPage):
        return
    if what != "kubectl":
        screen.action_copy()
        return
    lines = [reference.kubectl for reference in screen.references()]
    if not lines:
        app.notify("There is no object here that kubectl could show", severity="warning", markup=False)
        return
    app.copy_to_clipboard("\n".join(lines))
    app.notify(f"Copied {lines[0]}" if len(lines) == 1 else f"Copied {len(lines)} lines", markup=False)
