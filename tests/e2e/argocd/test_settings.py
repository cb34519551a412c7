"""Any argocd-cm, read by us and by Argo CD: the same in force, the same kinds excluded, the same ones broken."""

from __future__ import annotations

import json

from judging import ask
from odd_settings import KINDS, Data, settings

from health.argocd_cm.documents import settings_documents
from health.argocd_cm.settings import read_settings
from health.argocd_cm.snippets import FORMATS
from health.check_kinds import KINDS as OURS

COUNT = 3_000


def breaks(answer: dict[str, object]) -> bool:
    return bool(answer.get("broken") or answer.get("error"))


def test_our_reading_is_argo_cds() -> None:
    generated = list(settings(1, COUNT))
    builtin, *answers = ask({"data": data, "kinds": KINDS} for data in [{}, *generated])
    broken = 0
    for data, answer in zip(generated, answers, strict=True):
        reading = read_settings(data)
        assert bool(reading.problems) == breaks(answer), f"{json.dumps(data)}: {reading.problems}; {answer}"
        if breaks(answer):
            broken += 1
            continue
        for kind in KINDS:
            in_force = reading.in_force(kind)
            ours = [in_force.override, *(reading.overrides[rival] for rival in in_force.rivals)]
            theirs = answer["inForce"][kind]
            if in_force.override.script:
                assert (theirs["script"], theirs["openLibs"]) in [(one.script, one.open_libs) for one in ours], data
            else:
                assert theirs == builtin["inForce"][kind], f"{kind}: {json.dumps(data)}"
            assert reading.resources.excludes(kind) == answer["excluded"][kind], f"{kind}: {json.dumps(data)}"
    assert COUNT // 3 < broken < 2 * COUNT // 3


def test_each_key_that_we_name_breaks_by_itself_and_without_them_nothing_does() -> None:
    """One error at a time is all that Argo CD tells; we name all of them."""
    culprits: list[Data] = []
    mended: list[Data] = []
    for data in settings(2, COUNT):
        keys = {problem.key for problem in read_settings(data).problems}
        culprits += [{key: data[key]} for key in keys]
        mended.append({key: value for key, value in data.items() if key not in keys})
    for data, answer in zip(culprits, ask({"data": data, "kinds": []} for data in culprits), strict=True):
        assert breaks(answer), data
    for data, answer in zip(mended, ask({"data": data, "kinds": []} for data in mended), strict=True):
        assert not breaks(answer), data


def test_what_we_print_puts_our_checks_in_force() -> None:
    from health.checks import source
    from health.go.yaml import first

    scripts = {kind: source(*kind.split("/")) for kind in OURS}
    for form, write in FORMATS.items():
        if form == "lua":
            continue
        (place,) = settings_documents(first(write(scripts)))
        (answer,) = ask([{"data": dict(place.data), "kinds": OURS}])
        assert not breaks(answer), form
        for kind in OURS:
            assert answer["inForce"][kind] == {"script": scripts[kind], "openLibs": False}, f"{form}: {kind}"
