"""The commands that can be typed after a colon: the words, what they do in a phrase, and what they do."""

from __future__ import annotations

import fnmatch
from typing import Any

from textual.screen import Screen

from settings.config_file import members
from tui.board_screens import ApplicationsScreen, StacksScreen
from tui.shell.board_app import BoardApp, app_of
from tui.shell.command_line import Command
from tui.shell.file_export import ask_what_to_save, exports_of, save_as
from tui.shell.navigation import (
    OpenApplications,
    OpenCauses,
    OpenChanges,
    OpenChecks,
    OpenComparison,
    OpenContexts,
    OpenLint,
    ShowsDiagnosable,
    ShowsFixable,
    ShowsObjects,
)
from tui.shell.themes import names, use_theme
from tui.tables.table_screen import TableScreen
from views.filter import split

_Screen = Screen[Any]


def _apps(screen: _Screen, argument: str) -> None:
    _back_to_board(screen)
    app_of(screen).open_page(OpenApplications())


def _contexts(screen: _Screen, argument: str) -> None:
    """The contexts; with names, or groups of the configuration, list only what is in them."""
    app = app_of(screen)
    if not argument:
        app.open_page(OpenContexts())
        return
    try:
        patterns = members(_names(argument), app.preferences.groups)
    except KeyError as error:
        _warn(screen, str(error.args[0]))
        return
    watched = app.fleet.board.contexts
    if missing := [pattern for pattern in patterns if not fnmatch.filter(watched, pattern)]:
        _warn(screen, f"{', '.join(missing)}: {_why_unwatched(missing, app)}; watched: {', '.join(watched) or 'none'}")
        return
    chosen = [name for pattern in patterns for name in fnmatch.filter(watched, pattern)]
    _back_to_objects(screen).restrict(contexts=chosen)


def _compare(screen: _Screen, argument: str) -> None:
    """Two watched contexts side by side; without names the only two. A name with blanks is written in quotes."""
    app = app_of(screen)
    watched = app.fleet.board.contexts
    names = split(argument) or (list(watched) if len(watched) == 2 else [])
    if len(set(names)) != 2 or len(names) != 2:
        known = ", ".join(watched)
        more = "" if len(watched) > 1 else "; x and + watch one more, or start with --context"
        _warn(screen, f"compare takes two contexts; watched: {known or 'none'}{more}")
    elif missing := [name for name in names if name not in watched]:
        _warn(screen, f"{', '.join(missing)}: {_why_unwatched(missing, app)}; watched: {', '.join(watched)}")
    else:
        app.open_page(OpenComparison(*names))


def _why_unwatched(names: list[str], app: BoardApp) -> str:
    if all(name in app.fleet.available for name in names):
        return "not watched yet; x and + watch one more, or start with --context"
    return "no such context"


def _health(screen: _Screen, argument: str) -> None:
    app_of(screen).open_page(OpenChecks())


def _namespaces(screen: _Screen, argument: str) -> None:
    if argument:
        wanted, known = _names(argument), _known_namespaces(screen)
        if missing := [name for name in wanted if known and name not in known]:
            noun = _table_of_objects(screen).spec.noun
            _warn(screen, f"{', '.join(missing)}: no {noun} there; there are some in {', '.join(known)}")
        else:
            _back_to_objects(screen).restrict(namespaces=wanted)
        return
    table = _back_to_objects(screen)
    from tui.widgets.dialogs import ChoiceDialog  # here, as the first frame doesn't wait for it

    offered = list(table.words("ns"))

    def answered(place: int | None) -> None:
        if place is not None:
            table.restrict(namespaces=_names(offered[place]))

    table.app.push_screen(ChoiceDialog("List only one namespace", offered), answered)


def _known_namespaces(screen: _Screen) -> list[str]:
    """The namespaces with something in them, and those that are listed already; none while contexts still answer."""
    fleet = app_of(screen).fleet
    if any(context.state(fleet.clock()) == "connecting" for context in fleet.board.contexts.values()):
        return []
    table = _table_of_objects(screen)
    return sorted({*table.words("ns"), *table.model.namespaces} - {"all"})


def _group(screen: _Screen, argument: str) -> None:
    if (table := _table(screen, "group")) is None:
        return
    if not argument:
        table.action_group()
    elif not table.regroup(argument):
        known = ", ".join([*table.spec.groupings, "label KEY", "off"])
        _warn(screen, f"The lines can be grouped by {known}")


def _sort(screen: _Screen, argument: str) -> None:
    if (table := _table(screen, "sort")) is None:
        return
    known = {table.spec.order_name: ""} | {column.id: column.id for column in table.spec.columns}
    if argument.lower() in known:
        table.action_sort(known[argument.lower()])
    else:
        _warn(screen, f"The lines can be sorted by {', '.join(known)}")


def _columns(screen: _Screen, argument: str) -> None:
    if (table := _table(screen, "columns")) is not None:
        table.action_columns()


def _copy(screen: _Screen, argument: str) -> None:
    if argument not in ("", "name", "kubectl"):
        _warn(
            screen,
            f":copy {argument} isn't known; :copy name copies the names of the marked lines, or of this one, and "
            ":copy kubectl the lines with which kubectl shows the same objects",
        )
    elif not isinstance(screen, ShowsObjects):
        return
    elif argument != "kubectl":
        screen.action_copy()
    elif lines := [reference.kubectl for reference in screen.references()]:
        screen.app.copy_to_clipboard("\n".join(lines))
        screen.app.notify(f"Copied {lines[0]}" if len(lines) == 1 else f"Copied {len(lines)} lines", markup=False)
    else:
        _warn(screen, "There is no object here that kubectl could show")


def _save(screen: _Screen, argument: str) -> None:
    clock = app_of(screen).fleet.clock
    if not argument:
        ask_what_to_save(screen.app, clock)
    elif not save_as(screen.app, argument.lower(), clock):
        kinds = " and ".join(export.suffix for export in exports_of(screen.app))
        _warn(screen, f"{argument} can't be saved here; there are {kinds}")


def _write(screen: _Screen, argument: str) -> None:
    """Only a plain yes switches writes on."""
    word, app = argument.lower(), app_of(screen)
    if word in ("", "on", "off"):
        app.allow_writes(on=word != "off")
    else:
        _warn(screen, f":write {word} says neither on nor off; writes stay {'on' if app.writable else 'off'}")


def _fix(screen: _Screen, argument: str) -> None:
    if isinstance(screen, ShowsFixable):
        screen.action_fix()
    else:
        _warn(screen, "fix needs a Stack or an Application; go to one first")


def _theme(screen: _Screen, argument: str) -> None:
    """Change the colours to those of this name; without one, ask which."""
    if argument:
        use_theme(screen.app, argument)
        return
    from tui.widgets.dialogs import ChoiceDialog  # not before somebody asks

    known = names(screen.app.available_themes)

    def answered(place: int | None) -> None:
        if place is not None:
            use_theme(screen.app, known[place])

    screen.app.push_screen(ChoiceDialog("Colours", known), answered)


def _changes(screen: _Screen, argument: str) -> None:
    app_of(screen).open_page(OpenChanges())


def _diagnose(screen: _Screen, argument: str) -> None:
    if isinstance(screen, ShowsDiagnosable):
        screen.action_diagnose()
    else:
        _warn(screen, "diagnose needs a Stack, an Application or a context; go to one first")


def _causes(screen: _Screen, argument: str) -> None:
    app_of(screen).open_page(OpenCauses())


def _lint(screen: _Screen, argument: str) -> None:
    app_of(screen).open_page(OpenLint())


COMMANDS: tuple[Command, ...] = (
    Command("stacks", "all Stacks", ("stack", "st"), "", lambda screen, _: _back_to_board(screen)),
    Command("apps", "all Applications", ("app", "applications", "application"), "", _apps),
    Command(
        "ctx",
        "the contexts; with a name only what is in it, all for everything",
        ("context", "contexts"),
        "ctx",
        _contexts,
    ),
    Command("compare", "two contexts side by side: which of their Stacks differ", (), "watched", _compare),
    Command("health", "every Argo CD, and which health checks are in force", ("checks", "argocd"), "", _health),
    Command("ns", "only this namespace; all for everything", ("namespace", "namespaces"), "ns", _namespaces),
    Command("group", "group the lines; off for none, label KEY for a label", ("by",), "group", _group),
    Command("sort", "sort by a column; urgency for the usual order", (), "sort", _sort),
    Command("columns", "choose the columns", ("cols",), "", _columns),
    Command("copy", "copy the name, or with kubectl the line that shows the same object", (), "copy", _copy),
    Command("save", "save the screen or the table; svg, csv or json says how", (), "save", _save),
    Command("theme", "change the colours", ("themes", "skin"), "theme", _theme),
    Command("diagnose", "all that is found of this Stack, Application or context", ("why",), "", _diagnose),
    Command("causes", "the causes of all that isn't fine, in all contexts", (), "", _causes),
    Command("lint", "what is wrong in the manifests that the clusters hold, and what only numbers tell", (), "", _lint),
    Command("fix", "what can be done about this Stack or Application, or about the marked ones", (), "", _fix),
    Command("changes", "the changes that are under way, or have ended since the program began", (), "", _changes),
    Command("write", "switch on what changes something; off switches it off", (), "write", _write),
    Command("help", "every key that works here", ("h", "?"), "", lambda screen, _: app_of(screen).action_help()),
    Command("q", "leave the program", ("q!", "quit", "exit"), "", lambda screen, _: screen.app.exit()),
)


def _back_to_board(screen: _Screen) -> None:
    app = screen.app
    while len(app.screen_stack) > 1:
        app.pop_screen()


def _table(screen: _Screen, command: str) -> TableScreen[Any] | None:
    """The screen, if it is a table; otherwise None, after saying that the command needs one."""
    if isinstance(screen, TableScreen):
        return screen
    _warn(screen, f"{command} needs a table; go back to one first")
    return None


def _table_of_objects(screen: _Screen) -> TableScreen[Any]:
    """The screen, if it lists objects that live in namespaces; otherwise the board."""
    board = screen if isinstance(screen, StacksScreen | ApplicationsScreen) else screen.app.screen_stack[0]
    assert isinstance(board, TableScreen)
    return board


def _back_to_objects(screen: _Screen) -> TableScreen[Any]:
    """The same, after going there."""
    table = _table_of_objects(screen)
    if table is not screen:
        _back_to_board(screen)
    return table


def _names(argument: str) -> list[str]:
    """The names in an argument, separated by commas or blanks; none for ``all``, as k9s has it."""
    found = argument.replace(",", " ").split()
    return [] if found == ["all"] else found


def _warn(screen: _Screen, problem: str) -> None:
    screen.app.notify(problem, severity="warning", markup=False)
