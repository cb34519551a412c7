"""Explaining a fleet: the pure part, from objects to findings, rows and the fleet's causes, and how it grows."""

from __future__ import annotations

import copy
import gc
import time
from typing import Any

import msgspec

from diagnosis.board_findings import BoardFindings
from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.fleet_causes import fleet_causes
from diagnosis.stack_rows import stack_rows
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.scene_boards import board_of
from support.scenes import KINDS, Scene, scenes
from tests.bench.figures import Section, at_most, median, plain

STACKS, FEWER, TROUBLED, RUNS = 10_000, 1_000, 300, 3
_SLICE, _UNTIL_DONE = 0.005, 600.0
"""seconds"""


def sections() -> list[Section]:
    many, few = _explained_in(STACKS, TROUBLED), _explained_in(FEWER, TROUBLED * FEWER // STACKS)
    dead = _explained_in(STACKS, TROUBLED, operator_works=False)
    return [
        Section(
            "Diagnosis",
            f"The pure part of `diagnose -A`: {STACKS:,} Stacks, {TROUBLED} of them in trouble as a real operator left "
            "them, with what is around them; findings, rows, and the causes over all of them. CPU of this process.",
            [
                at_most(f"explain {STACKS:,} Stacks", many, 1.0, "s", 2, "", ""),
                plain(f"explain {FEWER:,} Stacks, {TROUBLED * FEWER // STACKS} in trouble", f"{few:.2f} s"),
                plain("the same 10,000 under an operator that is down, which concerns them all", f"{dead:.2f} s"),
            ],
        ),
        _by_records(),
    ]


def _by_records() -> Section:
    """What the board's own findings cost: those of all rows, of one that changes, and of none."""
    objects, now = _fleet(STACKS, TROUBLED)
    for lease in objects["Lease"]:
        lease["spec"]["renewTime"] = rfc3339(now)
    board = board_of(Scene("bench", now, [each for every in objects.values() for each in every]))
    findings = BoardFindings(board)
    gc.collect()
    began = time.process_time()
    found = findings.advance(_UNTIL_DONE, now)
    whole = time.process_time() - began
    slices = []
    findings = BoardFindings(board)
    while True:
        began = time.process_time()
        told = findings.advance(_SLICE, now)
        slices.append(time.process_time() - began)
        if not told:
            break
    changing = []
    for key in found:
        stack = board.stacks[key].stack
        metadata = msgspec.structs.replace(stack.metadata, resource_version="changed")
        board.put_stack(key.context, msgspec.structs.replace(stack, metadata=metadata), now)
        began = time.process_time()
        findings.finding(key, now)
        changing.append(time.process_time() - began)
    board.version += 1  # as if a row that is fine had changed
    findings.advance(_UNTIL_DONE, now)
    board.version += 1
    began = time.process_time()
    findings.advance(_UNTIL_DONE, now)
    nothing = time.process_time() - began
    return Section(
        "Findings of the board",
        f"Causes by the board's own records, without a request: {STACKS:,} rows, {len(found)} of them not fine. CPU of "
        "this process.",
        [
            plain("the findings of all rows, the first time", f"{whole * 1000:.0f} ms"),
            at_most(f"the longest of the slices of {_SLICE * 1000:.0f} ms", max(slices) * 1000, 10.0, "ms", 1, "", ""),
            at_most("a row that changes", sum(changing) / len(changing) * 1000, 1.5, "ms", 2, "", ""),
            plain("a round after rows that are fine have changed", f"{nothing * 1000:.1f} ms"),
        ],
    )


def _explained_in(stacks: int, troubled: int, *, operator_works: bool = True) -> float:
    """Seconds of CPU, the median of some runs."""
    objects, now = _fleet(stacks, troubled)
    if operator_works:
        for lease in objects["Lease"]:
            lease["spec"]["renewTime"] = rfc3339(now)
    seconds = []
    for _ in range(RUNS):
        context = ContextObjects("bench", now, "pulumi-kubernetes-operator")
        for kind in KINDS:
            context.put_list(kind, objects.get(kind, ()))
        gc.collect()
        began = time.process_time()
        diagnosis = Diagnosis(FleetFacts({"bench": context}, close_look=False))
        keys = [Key("bench", *place) for place in context.raw("Stack")]
        causes = fleet_causes(diagnosis, keys)
        rows = stack_rows(diagnosis.fleet, [key for key in keys if diagnosis.findings(key)])
        seconds.append(time.process_time() - began)
        assert causes
        assert len(rows) >= troubled * 0.9
    return median(seconds)


def _fleet(stacks: int, troubled: int) -> tuple[dict[str, list[dict[str, Any]]], float]:
    """Objects by kind: copies of recorded scenes in namespaces of their own, and copies of a Stack that is fine."""
    stuck = [
        scene
        for scene in scenes().values()
        if any(judged.get("severity") == "problem" for judged in scene.expected) and "poison" not in scene.name
    ]
    found: dict[str, list[dict[str, Any]]] = {}
    now = max(scene.now for scene in stuck)
    made = 0
    for number in range(troubled):
        made += _add_copy(found, stuck[number % len(stuck)], number)
    fine = next(each for each in scenes()["01h-succeeded"].objects if each["kind"] == "Stack")
    for number in range(stacks - made):
        other = copy.deepcopy(fine)
        other["metadata"] |= {"name": f"fine-{number}", "namespace": f"fine-{number % 200}", "uid": f"fine-{number}"}
        other["spec"]["stack"] = f"organization/fine/{number}"
        found["Stack"].append(other)
    return found, now


def _add_copy(found: dict[str, list[dict[str, Any]]], scene: Scene, number: int) -> int:
    """Add the objects of a scene, of its Stacks just the judged ones; how many Stacks that were."""
    judged = {(each["namespace"], each["name"]) for each in scene.expected}
    stacks = 0
    for each in scene.objects:
        obj = copy.deepcopy(each)
        metadata = obj["metadata"]
        if obj["kind"] in ("Lease", "Deployment"):
            found.setdefault(obj["kind"], [obj])
            continue
        if obj["kind"] == "Stack":
            if (metadata.get("namespace"), metadata["name"]) not in judged:
                continue
            obj["spec"]["stack"] = f"{obj['spec'].get('stack', 'x')}-{number}"
            stacks += 1
        metadata["namespace"] = f"{metadata.get('namespace', '')}-{number}"
        metadata["uid"] = f"{metadata.get('uid', '')}-{number}"
        for owner in metadata.get("ownerReferences", ()):
            owner["uid"] = f"{owner['uid']}-{number}"
        about = obj.get("involvedObject")
        if about:
            about |= {"uid": f"{about.get('uid', '')}-{number}", "namespace": metadata["namespace"]}
        found.setdefault(obj["kind"], []).append(obj)
    return stacks
