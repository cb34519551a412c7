"""The keys of a Stack's page, beside those that turn its sections."""

from __future__ import annotations

from textual.binding import Binding, BindingType

STACK_KEYS: list[BindingType] = [
    Binding("t", "go('Tree')", "Tree", id="stack.tree", tooltip="The objects around the Stack, as a tree."),
    Binding("u", "go('Updates')", "Updates", id="stack.updates", tooltip="Its runs, the newest first."),
    Binding("e", "go('Events')", "Events", id="stack.events", tooltip="Events of all objects around it, newest first."),
    Binding("v", "go('Outputs')", "Outputs", id="stack.outputs", tooltip="The names of its outputs; x shows values."),
    Binding("x", "values", "Values", id="stack.values", tooltip="Show the outputs' values, but for secret ones."),
    Binding("l", "logs", "Logs", id="stack.logs", tooltip="What its workspace pod prints, run by run."),
    Binding("y", "yaml", "YAML", id="stack.yaml", tooltip="The object under the cursor, or the Stack, in YAML."),
    Binding("o", "browse", "Pulumi", id="stack.browse", tooltip="Open the run in the browser; else the last one."),
    Binding("a", "application", "App", id="stack.application", tooltip="The page of the Application that holds it."),
]
