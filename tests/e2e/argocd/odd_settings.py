"""argocd-cm from a seed: good ones, each way to break an instance, the legacy block, both forms at once."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

Data = dict[str, str]
KINDS = (
    "pulumi.com/Stack",
    "pulumi.com/Program",
    "auto.pulumi.com/Workspace",
    "auto.pulumi.com/Update",
    "argoproj.io/Rollout",
    "acme.example/Thing",
    "acme.example/Prefixed",
    "Pod",
    "ConfigMap",
)

_BLOCK = "resource.customizations"
_GOOD_NAMES = (
    "pulumi.com_Stack",
    "pulumi.com_Program",
    "auto.pulumi.com_Workspace",
    "auto.pulumi.com_Update",
    "acme.example_Thing",
    "Pod",
    "all",
    "pulumi.com-Stack",
    "pulumi.com_stack",
    "Stack",
    "_Stack",
    "pulumi.com_",
    "ConfigMap",
)
_BAD_NAMES = ("a_b_c", "pulumi.com_Stack_", "", "__", "_pulumi.com_Stack")
_SCRIPTS = ("return {status = 'Healthy'}", "-- mine\nreturn nil\n", "", "x = = 1", "return {}\r\n", "\treturn 1", "é")
_TRUTHS = ("true", "false", "1", "0", "t", "F", "True", "FALSE")
_NO_TRUTHS = ("yes", "no", "", " true", "tRUE", "on", "2", "'true'")
_IGNORED = (
    "jsonPointers: [/status]",
    "jqPathExpressions:\n- .a\n",
    "",
    "{}",
    "managedFieldsManagers: [kubectl]",
    "JSONPOINTERS: [/x]",
    "jsonPointers: [1, true, 0x1F, 1.5]",
    "other: {a: 1}",
    "jsonPointers:",
    "~",
    "# nothing",
    "jsonPointers: [~]",
    "---\n{}\n---\n[",
)
_NOT_IGNORED = (
    "jsonPointers: /status",
    "x",
    "- a",
    "[: x",
    "jsonPointers: {a: b}",
    "\tjsonPointers: []",
    "jsonPointers: [[a]]",
    "jsonPointers: ['a'",
    "a: b: c",
    "jsonPointers: [{}]",
    "5",
    "? [a]\n: b",
    "~: x",
    "a: .nan",
    "&a [*a]",
    "a: *b",
    "!!int x",
)
_FIELDS = ("- field: a\n  type: b", "", "[]", "- {field: 1, type: true}", "- ~", "- other: 1", "- FIELD: a")
_NO_FIELDS = ("field: a", "x", "- [a]", "- field: [a]", "- x")
_ENTRIES = (
    "pulumi.com/Stack",
    "auto.pulumi.com/*",
    "'*.pulumi.com/*'",
    "'*/*'",
    "'*'",
    "pulumi.com/S[st]ack",
    "pulumi.com/S[!a]ack",
    "'{pulumi.com,acme.example}/*'",
    "pulumi.com/?tack",
    "pulumi.com/[",
    "Pod",
    "ConfigMap",
    "argoproj.io/Rollout",
    "5",
    "true",
    "'pulumi.com/{Stack'",
    "'*m/*'",
    "pulumi.com/Pro*",
    "'[a-z]*/Thing'",
    "'acme.example/\\Thing'",
    "'P?d'",
    "pulumi.com/S[a-z]ack",
)
_GOOD_BODIES = (
    "health.lua: |\n    return {}",
    "health.lua: return 1\n  health.lua.useOpenLibs: true",
    "health.lua.useOpenLibs: yes",
    "Health.Lua: upper",
    "actions: 5",
    "ignoreDifferences: |\n    jsonPointers: [1]",
    "knownTypeFields: [{field: 1, type: x}]",
    "health.lua: ''",
    "other: 5",
    "health.lua: ~",
    "health.lua: 2026-11-23",
    "health.lua: 1:30",
    "health.lua: '5'",
    "ignoreResourceUpdates: ''",
    "health.lua.useOpenLibs: n\n  health.lua: x",
    "health.lua: a\n  Health.lua: b",
    "<<: {health.lua: m}",
)
_BAD_BODIES = (
    "health.lua: 5",
    "health.lua: true",
    "health.lua.useOpenLibs: 'true'",
    "health.lua.useOpenLibs: 1",
    "health.lua: {a: b}",
    "ignoreDifferences: {jsonPointers: [a]}",
    "ignoreDifferences: |\n    jsonPointers: a",
    "knownTypeFields: x",
    "health.lua: [a]",
    "ignoreResourceUpdates: |\n    [: x",
    "health.lua: 0x1F",
    "health.lua: 1e3",
    "health.lua: on",
    "ignoreDifferences: 'x'",
    "actions: {a: b}",
    "health.lua: |\n  return",
    "\thealth.lua: x",
)
_WHOLE = (
    "[]",
    "x",
    "- a",
    "[: x",
    "a: b",
    "pulumi.com/Stack: ~",
    "pulumi.com/Stack:",
    "pulumi.com/Stack: []",
    "\ta: b",
    "a: 5",
)
_FILTERS = (
    "",
    "[]",
    "- apiGroups: [pulumi.com]\n",
    "- apiGroups: ['*.com']\n  kinds: [Stack]\n",
    "- kinds: ['*']\n  clusters: [https://other]\n",
    "- apiGroups: ['*']\n  kinds: [Pod]\n",
    "- {}",
    "- ~",
    "- kinds: [1, true]\n",
    "- APIGROUPS: [acme.example]\n",
    "~",
    "- apiGroups: ['']\n  kinds: [ConfigMap]\n",
    "- clusters: ['https://kubernetes*']\n  kinds: [Thing]\n",
    "- apiGroups: ['[']\n",
)
_NO_FILTERS = ("apiGroups: [x]", "x", "- apiGroups: x\n", "[: x", "- - a", "- kinds: [[a]]", "\t- a", "- 5")
_SELECTORS = (
    "- selector: a=b",
    "- selector: 'a in (b, c), !d'",
    "- selector: ''",
    "- kinds: [Pod]\n  selector: a",
    "- selector: 'x.y/z!=w'",
)
_NO_SELECTORS = (
    "- selector: '=('",
    "- selector: 'a b'",
    "- selector: 'a in b'",
    "- selector: {a: b}",
    "- selector: '-a'",
    "- selector: 'a=b,'",
)
_KEYS_OF_OTHERS = (
    "url",
    "admin.enabled",
    "resource.links",
    "timeout.reconciliation",
    "resource.customization",
    "resource.custom",
)


def settings(seed: int, count: int) -> Iterator[Data]:
    """That many of them, the same for the same seed; about half of them break their instance."""
    chance = Random(seed)
    for number in range(count):
        data: Data = {chance.choice(_KEYS_OF_OTHERS): "x" for _ in range(chance.randint(0, 2))}
        for _ in range(chance.randint(1, 5)):
            data |= _good(chance)
        if number % 2:
            data |= _bad(chance)
        items = list(data.items())
        chance.shuffle(items)
        yield dict(items)


def _good(chance: Random) -> Data:
    name = chance.choice(_GOOD_NAMES)
    match chance.randint(0, 9):
        case 0 | 1 | 2:
            return {f"{_BLOCK}.health.{name}": chance.choice(_SCRIPTS)}
        case 3:
            return {f"{_BLOCK}.useOpenLibs.{name}": chance.choice(_TRUTHS)}
        case 4:
            return {
                f"{_BLOCK}.{chance.choice(('ignoreDifferences', 'ignoreResourceUpdates'))}.{name}": chance.choice(
                    _IGNORED
                )
            }
        case 5:
            return {
                f"{_BLOCK}.{chance.choice(('health', 'pulumi', 'x'))}": "x",
                f"{_BLOCK}X.health.acme.example_Prefixed": "prefix",
            }
        case 6 | 7:
            entries = {chance.choice(_ENTRIES): chance.choice(_GOOD_BODIES) for _ in range(chance.randint(0, 3))}
            return {_BLOCK: "".join(f"{entry}:\n  {body}\n" for entry, body in entries.items())}
        case 8:
            return {f"resource.{chance.choice(('exclusions', 'inclusions'))}": chance.choice(_FILTERS)}
        case _:
            return chance.choice(
                (
                    {f"{_BLOCK}.actions.{name}": "[: whatever"},
                    {f"{_BLOCK}.knownTypeFields.{name}": chance.choice(_FIELDS)},
                    {
                        "resource.compareoptions": chance.choice(
                            ("ignoreAggregatedRoles: true", "", "ignoreResourceStatusField: off")
                        )
                    },
                    {"resource.selectors": chance.choice(_SELECTORS)},
                    {"resource.respectRBAC": chance.choice(("", "normal", "strict"))},
                    {"resource.ignoreResourceUpdatesEnabled": chance.choice(("", *_TRUTHS))},
                )
            )


def _bad(chance: Random) -> Data:
    name = chance.choice(_GOOD_NAMES)
    match chance.randint(0, 9):
        case 0:
            return {f"{_BLOCK}.health.{chance.choice(_BAD_NAMES)}": "x"}
        case 1:
            return {
                f"{_BLOCK}.{chance.choice(('pulumi', 'Health', 'bogus', 'useopenlibs', ' health', ''))}.{name}": "x"
            }
        case 2:
            return {f"{_BLOCK}.useOpenLibs.{name}": chance.choice(_NO_TRUTHS)}
        case 3:
            return {
                f"{_BLOCK}.{chance.choice(('ignoreDifferences', 'ignoreResourceUpdates'))}.{name}": chance.choice(
                    _NOT_IGNORED
                )
            }
        case 4:
            return {f"{_BLOCK}.knownTypeFields.{name}": chance.choice(_NO_FIELDS)}
        case 5:
            return {_BLOCK: chance.choice(_WHOLE)}
        case 6 | 7:
            entries = {
                chance.choice(_ENTRIES): chance.choice(_GOOD_BODIES),
                chance.choice(_ENTRIES): chance.choice(_BAD_BODIES),
            }
            return {_BLOCK: "".join(f"{entry}:\n  {body}\n" for entry, body in entries.items())}
        case 8:
            return {f"resource.{chance.choice(('exclusions', 'inclusions'))}": chance.choice(_NO_FILTERS)}
        case _:
            return chance.choice(
                (
                    {"resource.compareoptions": chance.choice(("x", "ignoreAggregatedRoles: x", "[: x"))},
                    {"resource.selectors": chance.choice(_NO_SELECTORS)},
                    {"resource.respectRBAC": chance.choice(("x", "Strict", " normal"))},
                    {"resource.ignoreResourceUpdatesEnabled": chance.choice(_NO_TRUTHS[:2] + _NO_TRUTHS[3:])},
                    {f"{_BLOCK}X.bogus.y": "x"},
                )
            )
