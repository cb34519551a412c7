"""Taking one finalizer off one object: by JSON patch, and only if it stands where it stood."""

from __future__ import annotations

from actions.effects import EffectSeen, wait_for_effect
from actions.plan import MANAGER, Plan, Precondition, Proof, kubectl_json_patch
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.workflow import ChangeTask, Steps
from cluster.apply import WriteRequest, json_patch, read
from cluster.errors import NotFound
from cluster.resources import Resource, pointer
from stacks.fields import Obj, strings, text


def without_finalizer(resource: Resource, obj: Obj, finalizer: str) -> WriteRequest:
    """The request that removes this finalizer, which the object has. All others stay, whoever added one meanwhile."""
    place = _pointer(strings(obj, "metadata", "finalizers").index(finalizer))
    operations = [
        {"op": "test", "path": pointer("metadata", "uid"), "value": text(obj, "metadata", "uid")},
        {"op": "test", "path": place, "value": finalizer},
        {"op": "remove", "path": place},
    ]
    return json_patch(_path(resource, obj), operations, MANAGER)


def _path(resource: Resource, obj: Obj) -> str:
    return resource.path(text(obj, "metadata", "namespace"), text(obj, "metadata", "name"))


def _pointer(place: int) -> str:
    return pointer("metadata", "finalizers", str(place))


def finalizer_state(obj: Obj, finalizer: str) -> tuple[Precondition, ...]:
    """What `without_finalizer` tests: that the object is the same one, and the finalizer is where it was."""
    place = strings(obj, "metadata", "finalizers").index(finalizer)
    uid = text(obj, "metadata", "uid")
    return Precondition("uid", uid), Precondition(f"metadata.finalizers[{place}]", finalizer)


def finalizer_proof(resource: Resource, obj: Obj, finalizer: str) -> Proof:
    """That the object is gone, or hasn't the finalizer any more."""
    uid = text(obj, "metadata", "uid")

    def missing(found: Obj) -> str:
        same = text(found, "metadata", "uid") == uid
        return f"it has the finalizer {finalizer} still" if same and _has(found, finalizer) else ""

    words = f"read back twice: {resource.kind.lower()} is gone, or has no finalizer {finalizer}"
    return Proof(words, _path(resource, obj), missing, result="", wrong_if_gone="")


def _has(obj: Obj, finalizer: str) -> bool:
    return finalizer in strings(obj, "metadata", "finalizers")


def patch_line(target: DiagnosedStack, kind: str, name: str, finalizer: str, place: int) -> str:
    """The same in kubectl's words; the uid isn't tested, since nobody would type one."""
    operations = [
        {"op": "test", "path": _pointer(place), "value": finalizer},
        {"op": "remove", "path": _pointer(place)},
    ]
    return kubectl_json_patch(target.context, target.namespace, kind, name, operations)


def wait_until_released(task: ChangeTask[DiagnosedStack, FixRequest], plan: Plan) -> Steps:
    """Wait until the object of the plan's proof is gone, or say which finalizers hold it still."""
    proof = plan.proof

    async def look() -> EffectSeen:
        if proof is None:
            return EffectSeen("nothing is waited for", reached=True)
        try:
            found = await read(task.connection, proof.path)
        except NotFound:
            return EffectSeen(f"{plan.target} is gone", reached=True)
        if text(found, "metadata", "uid") != plan.uid:
            return EffectSeen(f"{plan.target} is gone, and another one has its name", reached=True)
        if left := strings(found, "metadata", "finalizers"):
            return EffectSeen(f"{plan.target} is held by {', '.join(left)} still", reached=True)
        return EffectSeen(f"{plan.target} has no finalizer any more, and goes")

    return wait_for_effect(look, task.timing)
