"""What the demo plays is explained by the causes that its stories are about."""

from __future__ import annotations

from pathlib import Path

import demo
from demo.play import stories
from support.program import run, write

FIRST = {
    ("hub", "platform", "legacy-vm"): "D-3",
    ("hub", "data", "queue"): "W-1",
    ("hub", "data", "ingest"): "U-11",
    ("hub", "ml", "features"): "F-3",
    ("hub", "ml", "training"): "F-1",
    ("us-prod", "platform", "dns"): "A-5",
    ("eu-prod", "payments", "ledger"): "U-3",
}


async def test_the_stuck_ones_of_the_demo_have_the_causes_of_their_stories(tmp_path: Path) -> None:
    async with demo.serve(moving=False) as play:
        kubeconfig = write(tmp_path / "demo", play.kubeconfig())
        ended = await run(kubeconfig, "diagnose", "-A", "--all-contexts", "-o", "json")
    assert ended.code == 3, ended.err
    found = {
        (each["context"], each["namespace"], each["name"]): [finding["id"] for finding in each["findings"]]
        for each in ended.json
    }
    assert {key: found.get(key, [])[:1] for key in FIRST} == {key: [cause] for key, cause in FIRST.items()}
    actions = {each["name"]: each["findings"][0]["actions"] for each in ended.json if each["findings"]}
    assert actions["queue"] == ["unwedge"]
    assert actions["ledger"] == ["cancel", "reconcile"]
    assert actions["training"] == ["restart-workspace"]
    assert actions["dns"] == ["app sync"]


async def test_an_update_that_was_deleted_before_it_was_absorbed_is_known(tmp_path: Path) -> None:
    async with demo.serve(stories.audit, moving=False) as play:
        ended = await run(write(tmp_path / "demo", play.kubeconfig()), "diagnose", "-A", "-o", "json")
    (found,) = ended.json
    assert [each["id"] for each in found["findings"]] == ["W-2"]
    assert found["findings"][0]["actions"] == ["unwedge"]
