"""What a Stack asks for can't be done: its spec is invalid, its namespace goes, or another Stack has its state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diagnosis.cause import SPEC, Cause
from diagnosis.facts.fleet_facts import BackendStack, FleetFacts
from diagnosis.facts.object_status import ObservedCondition
from diagnosis.facts.quoted_parts import failure_says, last_said_by_operator, workspace_says
from diagnosis.facts.run_facts import IN_PROGRESS, LOCKED
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, NEVER, NOTE, ON_CHANGE, PROBLEM, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import brief, first_line, listed, maybe_meant, near_names
from fleet.board.rows import Key
from stacks.fields import field, text
from stacks.text import plain

_NO_SECRET = re.compile(r"unable to get secret ([^\s/]+)/([^\s:]+): (.*)")
_NO_KEY = re.compile(r'no key "([^"]+)" found in secret ([^\s/]+)/(\S+)')
_OLD_REF = re.compile(r'ref type "(\w+)" is deprecated')
_TERMINATED = "because it is being terminated"
_ON_CHANGE = NextEvent(
    "only on change of the spec or the request: Secrets aren't watched", heals=False, brief=ON_CHANGE
)


@dataclass(frozen=True, slots=True)
class _Invalid:
    """What is invalid: in plain words, what to do, and what it is about."""

    title: str
    step: str
    subject: str = ""
    quotes: tuple[Evidence, ...] = ()
    outside: bool = False
    """whether it is mended outside of the Stack, so that the operator has to be told"""


def _spec_invalid(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    leading = facts.leading
    if leading is None or not facts.leads("Stalled", "SpecInvalid") or not facts.judged:
        return None
    said = first_line(leading.message)
    found = _missing_secret(facts, said) or _invalid_reference(facts, said) or _invalid_source(facts, said)
    return Finding(
        "",
        PROBLEM,
        found.title,
        subject=found.subject,
        evidence=(facts.quote_condition(leading, said or None), *found.quotes),
        next_step=found.step,
        certainty=CERTAIN if said else LIKELY,
        makes_certain="" if said else "the condition's message",
        since=leading.time,
        next=_ON_CHANGE,
        actions=("reconcile",) if found.outside else (),
    )


def _missing_secret(facts: StackFacts, said: str) -> _Invalid | None:
    if key := _NO_KEY.search(said):
        name, namespace = key[3], key[2]
        return _Invalid(
            f"The Secret {namespace}/{name} has no key {key[1]}",
            f"Add the key {key[1]} to the Secret {namespace}/{name}, or correct its name in the Stack; then reconcile.",
            f"Secret {namespace}/{name} key {key[1]}",
            outside=True,
        )
    secret = _NO_SECRET.search(said)
    if secret is None:
        return None
    where = f"{secret[1]}/{secret[2]}"
    if "not found" not in secret[3]:
        title, step = f"The operator can't read the Secret {where}: {brief(secret[3])}", f"Let it read {where}"
        return _Invalid(title, f"{step}, then reconcile.", f"Secret {where}", outside=True)
    names = facts.objects.names("Secret", secret[1])
    title = f"The Secret {where} doesn't exist"
    step = f"Create the Secret {where}, or correct its name in the Stack; then reconcile."
    if secret[2] in names:
        title = f"The Secret {where} didn't exist when the operator looked"
        step = "Reconcile: the Secret is there by now, and the operator isn't told of that."
    near = maybe_meant(near_names(secret[2], names)) if secret[2] not in names else ""
    return _Invalid(title, step + near, f"Secret {where}", outside=True)


def _invalid_reference(facts: StackFacts, said: str) -> _Invalid | None:
    if old := _OLD_REF.search(said):
        found = [
            (kind, str(name))
            for kind in ("envRefs", "secretsRef")
            for name, ref in _entries(facts, kind)
            if text(ref, "type") == old[1]
        ]
        names = [f"{kind}.{plain(name)}" for kind, name in found]
        quotes = tuple(facts.quote("spec", kind, name, "type") for kind, name in found[:5])
        title = f"{listed(names) or 'A reference'} is of type {old[1]}, which PKO 2 doesn't take"
        step = f"Give {listed(['spec.' + each for each in names]) or 'it'} the type Secret or Literal."
        return _Invalid(title, step, f"references of type {old[1]}", quotes)
    if "selectors are no longer supported" in said:
        title = f"gitAuth has a reference of type {_kind_before(said)}, and PKO 2 takes only a Secret there"
        return _Invalid(title, "Put the value into a Secret, and let spec.gitAuth refer to it.", "gitAuth")
    if "cross-namespace refs are not allowed" in said:
        step = f"Put the Secret into the namespace {facts.namespace}, and refer to it there."
        return _Invalid("A reference leads to another namespace, which isn't allowed", step, "cross-namespace refs")
    if "must specify exactly one of" in said:
        return _Invalid("gitAuth names none or more than one way to log in", "Leave one of them in spec.gitAuth.")
    if "GitHub App" in said:
        step = "Correct what spec.gitAuth.githubApp refers to; then reconcile."
        return _Invalid(f"The GitHub App can't log in: {brief(said)}", step, "GitHub App", outside=True)
    if "gitAuth" in said:
        step = "Correct spec.gitAuth, or the Secret that it refers to; then reconcile."
        return _Invalid(f"gitAuth can't be used: {brief(said)}", step, "gitAuth", outside=True)
    return None


def _kind_before(said: str) -> str:
    """The type in `Literal selectors are no longer supported`."""
    words = said.partition(" selectors are")[0].split()
    return words[-1] if words else "another type"


def _invalid_source(facts: StackFacts, said: str) -> _Invalid:
    if 'only one of "commit" or "branch"' in said:
        quotes = (facts.quote("spec", "commit"), facts.quote("spec", "branch"))
        return _Invalid("The spec names a commit and a branch", "Remove spec.commit or spec.branch.", "", quotes)
    if 'missing "commit" or "branch"' in said:
        return _Invalid("The spec names neither a branch nor a commit", "Write spec.branch or spec.commit.")
    if 'missing "projectRepo"' in said:
        return _Invalid("The spec has no projectRepo", "Write spec.projectRepo, or another source.")
    if "invalid URL scheme" in said:
        title, url = "projectRepo is no URL of a git repository", facts.quote("spec", "projectRepo")
        return _Invalid(title, "Correct spec.projectRepo.", "", (url,))
    if "cannot process source reference" in said:
        step = "Correct spec.fluxSource.sourceRef."
        return _Invalid(f"The reference to the Flux source can't be used: {brief(said)}", step)
    title = f"The spec is invalid: {brief(said)}" if said else "The spec is invalid, or a Secret that it refers to"
    return _Invalid(title, "Correct the spec, or the Secret that it refers to; after the latter, reconcile.")


def _entries(facts: StackFacts, kind: str) -> list[tuple[object, object]]:
    found = field(facts.spec, kind)
    return list(found.items()) if isinstance(found, dict) else []


def _namespace_goes(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.deleting:
        return None
    leading = facts.leading
    if leading is not None and facts.leads("Stalled", "NamespaceTerminating"):
        reason = facts.quote("status", "conditions", leading.place, "reason", time=leading.time)
        return _namespace_finding(facts, CERTAIN, (reason, *_told(facts, leading), *_phase(facts)))
    needs_a_destroy = field(facts.spec, "destroyOnFinalize") is True and field(facts.spec, "preview") is not True
    if not needs_a_destroy or not facts.held_by_operator or facts.current is not None:
        return None
    phase = _phase(facts)
    if not phase:
        return None
    if facts.operator.since((2, 8, 0)):
        return _namespace_finding(facts, LIKELY, phase, makes_certain="the operator's next look, within 30 s")
    line, unread = last_said_by_operator(facts, _TERMINATED)
    if line is None:
        proof = "the line of the operator's log that says so"
        return _namespace_finding(facts, LIKELY, phase, makes_certain=proof, unread=unread)
    said = facts.objects.quote_operator_log(line, _TERMINATED)
    return _namespace_finding(facts, CERTAIN, (said, *phase))


def _told(facts: StackFacts, leading: ObservedCondition) -> list[Evidence]:
    line = first_line(leading.message)
    return [facts.quote_condition(leading, line)] if line else []


def _phase(facts: StackFacts) -> tuple[Evidence, ...]:
    namespace = facts.objects.look_up("Namespace", "", facts.namespace).object
    if namespace is None or text(namespace, "status", "phase") != "Terminating":
        return ()
    return (facts.objects.quote(namespace, "status", "phase"),)


def _namespace_finding(
    facts: StackFacts, certainty: str, evidence: tuple[Evidence, ...], *, makes_certain: str = "", unread: str = ""
) -> Finding:
    return Finding(
        "",
        PROBLEM,
        f"The namespace {facts.namespace} is being deleted, and no destroy can run in it",
        subject=f"Namespace {facts.namespace}",
        evidence=evidence,
        next_step=f"Destroy the resources of {text(facts.spec, 'stack') or facts.name} by hand from elsewhere, "
        "then release the Stack.",
        certainty=certainty,
        makes_certain=makes_certain,
        since=facts.deleted_at,
        next=NextEvent("never by itself: the operator looks every 30 s, and no pod can be made", heals=False),
        unknown=(f"the operator's log: {unread}",) if unread else (),
    )


def _shared_state(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    others, where = fleet.sharing(facts.key), fleet.backend_stack(facts.key)
    if not others or where is None:
        return None
    lock = (failure_says(facts, LOCKED) if facts.failing else None) or workspace_says(facts, LOCKED)
    hit = lock or (failure_says(facts, *IN_PROGRESS) if facts.failing else None)
    if hit is None and not where.qualified:
        others = [other for other in others if _same_source(fleet.stack(other), facts)]
        if not others:
            return None
    ours = [facts, *(stack for other in others if (stack := fleet.stack(other)) is not None)]
    plain_words = where.known and where.qualified and not (where.backend == "" and any(map(_has_environment, ours)))
    sure = plain_words or (lock is not None and _names_it(facts, where))
    names = sorted(_name(facts, other) for other in (facts.key, *others))
    return Finding(
        "",
        PROBLEM if hit is not None else NOTE,
        f"The Stacks {listed(names)} share one state in the backend: {where.stack}",
        subject=f"{where.backend or 'Pulumi Cloud'} {where.stack}",
        evidence=(
            facts.quote("spec", "stack"),
            *([hit] if hit is not None else []),
            *([facts.quote("spec", "backend")] if text(facts.spec, "backend") else []),
            *_their_stacks(fleet, others),
        ),
        next_step=f"Keep one of {listed(names)}: give the others another spec.stack, or delete them with "
        "destroyOnFinalize off.",
        certainty=CERTAIN if sure else LIKELY,
        makes_certain="" if sure else "both spec.backend in plain, and spec.stack with organisation and project",
        next=NextEvent("never by itself: each run goes on between those of the other", brief=NEVER),
    )


def _has_environment(stack: StackFacts) -> bool:
    """Whether a backend may come from variables that stand elsewhere."""
    template = field(stack.spec, "workspaceTemplate", "spec")
    elsewhere = [
        stack.spec.get("envs"),
        stack.spec.get("envSecrets"),
        field(template, "env"),
        field(template, "envFrom"),
    ]
    return any(bool(each) for each in elsewhere)


def _same_source(other: StackFacts | None, facts: StackFacts) -> bool:
    """Whether both run the same program. Without a project in `spec.stack`, that of the program makes the state."""
    fields = ("projectRepo", "repoDir", "fluxSource", "programRef")
    return other is not None and all(other.spec.get(name) == facts.spec.get(name) for name in fields)


def _names_it(facts: StackFacts, where: BackendStack) -> bool:
    """Whether the path of a lock names this stack; it stands in one of the lines below the one that says so."""
    told = [said for _, _, said in (*facts.failure_messages, *facts.workspace_messages)]
    name = where.stack.rpartition("/")[2]
    return any(f"/locks/{where.stack}/" in said or f"/{name}/" in said.partition("/locks/")[2] for said in told)


def _their_stacks(fleet: FleetFacts, others: list[Key]) -> list[Evidence]:
    found = [fleet.stack(other) for other in others[:3]]
    return [other.quote("spec", "stack") for other in found if other is not None]


def _name(facts: StackFacts, other: Key) -> str:
    elsewhere = f"{other.context} " if other.context != facts.key.context else ""
    return f"{elsewhere}{plain(other.namespace)}/{plain(other.name)}"


CAUSES = (
    Cause(
        id="B-3",
        depth=SPEC,
        title="The spec, or a Secret that the operator reads, is invalid",
        symptom="`Stalled=True` with the reason `SpecInvalid`, and an event `StackConfigInvalid`.",
        explanation="The operator reads the spec, and the Secrets that `gitAuth` refers to, before it does anything. "
        "What it finds there can't be used: the message says what.",
        by_itself="Nothing. A change of the spec is seen at once; a Secret isn't watched.",
        way_out="Correct the spec, which is enough. Or correct or create the Secret, and reconcile after that.",
        versions="2.x; GitHub App from 2.7, references to other namespaces and of type Env or FS from 2.1",
        find=_spec_invalid,
        after_repair=("reconcile",),
        not_helpful=(
            NotHelpful("reconcile before it is corrected", "the same answer again"),
            NotHelpful("wait after the Secret was made", "the operator isn't told of it"),
            NotHelpful("restart-workspace", "the operator itself reads this, no pod does"),
        ),
        beats=("R-1", "B-2"),
    ),
    Cause(
        id="B-12",
        depth=SPEC,
        title="The namespace is being deleted, and the destroy can't run",
        symptom="The Stack is being deleted and is `Stalled=True` with the reason `NamespaceTerminating`; or up to 2.7 "
        "it hangs, with its namespace `Terminating`.",
        explanation="A destroy needs a workspace pod, and in a namespace that is being deleted none can be made. The "
        "operator keeps its finalizer so that the resources aren't forgotten.",
        by_itself="Never ends: the operator looks every 30 s, and can do nothing.",
        way_out="Run `pulumi destroy` elsewhere, then release the Stack. Without the destroy its resources stay.",
        versions="the condition from 2.8",
        find=_namespace_goes,
        helps=("release",),
        not_helpful=(
            NotHelpful("reconcile", "no pod can be made there"),
            NotHelpful("restart-workspace", "no pod can be made there"),
        ),
        beats=(*(f"P-{number}" for number in range(1, 14)), "D-3"),
    ),
    Cause(
        id="S-1",
        depth=SPEC,
        title="Two Stacks share one backend stack",
        symptom="Runs fail now and then with a lock or with `Another update is currently in progress`; each of two "
        "Stacks undoes what the other did.",
        explanation="Another Stack has the same `spec.stack` and the same backend. Both write one state, and each "
        "holds its lock while it runs.",
        by_itself="Retries get through between the other's runs; the cause stays.",
        way_out="Give one of the two another `spec.stack`, or delete it with `destroyOnFinalize` off.",
        versions="all",
        find=_shared_state,
        of_fine_stacks=True,
        not_helpful=(
            NotHelpful("cancel", "ends the other Stack's run while it works"),
            NotHelpful("reconcile", "meets the lock again"),
        ),
        beats=("U-2", "U-3"),
    ),
)
