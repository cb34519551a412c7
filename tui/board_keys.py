"""The keys of the board: of the Stacks and of the Applications.

They stand beside those of every table (`tui.tables.table_keys`). What a key does is the `action_` of the screen, in
`tui.board_screens`; docs/keys.md and its test follow.
"""

from __future__ import annotations

from textual.binding import BindingType

from tui.tables.table_keys import sort_keys
from tui.widgets.header_and_keys import bind
from views.columns import APP_COLUMNS, STACK_COLUMNS

STACK_KEYS: list[BindingType] = [
    bind("F", "fix", "Fix", "stacks.fix", "What can be done about the marked Stacks, or this; nothing is sent yet."),
    bind("d", "diagnose", "Diagnose", "stacks.diagnose", "All that is found of this Stack, and what it rests on."),
    bind("D", "app.causes", "Causes", "stacks.causes", "The causes of all that isn't fine, in all contexts."),
    bind("l", "logs", "Logs", "stacks.logs", "The workspace pods' logs of the marked Stacks, or of this."),
    bind("t", "section('Tree')", "Tree", "stacks.tree", "The objects around the Stack, as a tree.", show=False),
    bind("e", "section('Events')", "Events", "stacks.events", "Events of all objects around the Stack.", show=False),
    bind("y", "yaml", "YAML", "stacks.yaml", "The Stack as the cluster has it, secrets masked.", show=False),
    bind("o", "browse", "Pulumi", "stacks.browse", "Open the last update in the browser.", show=False),
    bind("i", "details", "Details", "stacks.details", "Say more of the Stack under the cursor, or don't."),
    bind("a", "apps", "Apps", "stacks.apps", "The Applications of Argo CD."),
    bind("x", "app.contexts", "Contexts", "stacks.contexts", "What is seen of each context, and why not more."),
    bind("h", "app.checks", "Checks", "stacks.checks", "Every Argo CD, and the checks in force.", show=False),
    bind("q", "leave", "Quit", "stacks.quit", "Leave the program."),
    *sort_keys(STACK_COLUMNS),
]

APPLICATION_KEYS: list[BindingType] = [
    bind(
        "F", "fix", "Fix", "apps.fix", "What can be done about the marked Applications, or this; nothing is sent yet."
    ),
    bind("d", "diagnose", "Diagnose", "apps.diagnose", "All that is found of this Application, and of its Stacks."),
    bind("D", "app.causes", "Causes", "apps.causes", "The causes of all that isn't fine, in all contexts."),
    bind("y", "yaml", "YAML", "apps.yaml", "The Application as the cluster has it.", show=False),
    bind("a", "leave", "Stacks", "apps.stacks", "Back to the Stacks."),
    bind("x", "app.contexts", "Contexts", "apps.contexts", "What is seen of each context, and why not more."),
    bind("h", "app.checks", "Checks", "apps.checks", "Every Argo CD, and the checks in force.", show=False),
    *sort_keys(APP_COLUMNS),
]
