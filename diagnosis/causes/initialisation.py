"""The agent was reached, and can't make the workspace ready: dependencies, backend, token, configuration."""

from __future__ import annotations

import re
from dataclasses import replace

from diagnosis.cause import INITIALISATION, Cause
from diagnosis.causes.missing_references import MissingObject
from diagnosis.causes.pods import container_spec
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedCondition
from diagnosis.facts.quoted_parts import bare_reason, last_said_by_operator, telling_line
from diagnosis.facts.run_facts import LOCKED
from diagnosis.facts.spec_references import CONFIG_MAP, SECRET
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, POSSIBLE, PROBLEM, RETRIES, RUNS, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import field, text

_INITIALISATION, _INSTALLATION = "InitializationFailed", "InstallationFailed"
_VARIABLE = "PULUMI_ACCESS_TOKEN"
_UNSET = "PULUMI_ACCESS_TOKEN must be set"
_REFUSED = ("Unauthorized", "invalid access token", "No credentials provided or are invalid", "[401]", _UNSET)
_FETCHED = re.compile(r"plugin|registry|api\.github\.com|unable to enlist", re.IGNORECASE)
"""words of lines about plugins, packages and sources, which are refused by others than the backend"""
_CONFIGURATION = (
    "unreadable path:", "missing value for environment variable", "parsing ", "path=true is incompatible with",
    "unable to add environments", "does not support environments", "config items:",
)  # fmt: skip
_MOUNTED = re.compile(r"unreadable path: /var/run/(?:secrets|configmaps)/\S+?/(secrets|configmaps)/([^/\s]+)/([^/\s]+)")
_CONFIG_KEY = re.compile(r'(?:unmarshalling|parsing) "([^"]+)"')
_PLUGIN = re.compile(r"no language plugin '?\"?([\w-]+)")
_TRANSIENT = re.compile(
    r"rate limit|too many requests|\b429\b|\b50[234]\b|ETIMEDOUT|ECONNRESET|EAI_AGAIN|timed? ?out|connection re"
    r"|no such host",
    re.IGNORECASE,
)
_TOO_OLD = re.compile(r"Pulumi CLI version (\S+) does not support JSON configuration, require >= (\S+)")
_TOO_LONG = "Too long: may not be more than"
_LONG_INSTALL = 600.0
"""seconds of installing after which it may be that its error can't be saved"""
_STAYS = NextEvent(
    "never by itself: the operator doesn't try again, and doesn't look for new commits either", heals=False
)
_MADE_AGAIN = NextEvent("the operator deletes the pod and begins again, with the same result", brief=RETRIES)


def _failed(facts: StackFacts, reason: str) -> ObservedCondition | None:
    """Where it stands that the workspace couldn't be made ready for this reason, as long as it is so: with the Stack
    from 2.5 on, with its Workspace before."""
    ready = facts.workspace_condition("Ready")
    if facts.leads("Stalled", "WorkspaceFailed"):
        stalled = facts.workspace_condition("Stalled")
        begun_again = ready is not None and ready.reason != reason and (stalled is None or not stalled.true)
        return facts.leading if facts.message.startswith(f"{reason}: ") and not begun_again else None
    says_so = ready is not None and ready.status == "False" and ready.reason == reason and bool(ready.message)
    return ready if says_so and facts.waits_for_workspace else None


def _finding(
    facts: StackFacts, found: ObservedCondition, title: str, subject: str, step: str, *more: Evidence
) -> Finding:
    stalled = found.type == "Stalled"
    return Finding(
        "",
        PROBLEM,
        title,
        subject=subject,
        evidence=(_telling_quote(facts, found), *more),
        since=found.time,
        next=_STAYS if stalled else _MADE_AGAIN,
        next_step=step,
    )


def _telling_quote(facts: StackFacts, found: ObservedCondition) -> Evidence:
    return facts.quote_condition(found, part=telling_line(found.message))


def _workspace(facts: StackFacts) -> str:
    return f"Workspace {facts.namespace}/{facts.workspace_name}"


def _token(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _failed(facts, _INITIALISATION)
    if found is None and facts.waits_for_workspace:
        ready = facts.workspace_condition("Ready")
        found = ready if ready is not None and ready.reason == "InvalidAccessToken" and ready.message else None
    if found is None or LOCKED in found.message:
        return None
    if found.reason != "InvalidAccessToken" and not _backend_refuses(found.message):
        return None
    where, quotes = _where_token_stands(facts)
    restart = f"then restart {_workspace(facts)}"
    if not where:
        title = f"{_backend(facts)} refuses the access token, or none is set"
        step = f"Name a Secret with a token in spec.envRefs.{_VARIABLE}."
    elif _UNSET in found.message:
        title, step = f"The access token from {where} is empty", f"Put an access token into {where}, {restart}."
    else:
        title = f"{_backend(facts)} refuses the access token from {where}"
        step = f"Put a valid access token into {where}, {restart}."
    finding = _finding(facts, found, title[0].upper() + title[1:], where or _VARIABLE, step, *quotes)
    return replace(finding, actions=("restart-workspace",) if where else ())


def _backend_refuses(message: str) -> bool:
    """Whether a line says that it is refused, and not one about what is fetched from elsewhere."""
    lines = [line for line in message.splitlines() if any(words in line for words in _REFUSED)]
    return any(not _FETCHED.search(line) for line in lines)


def _where_token_stands(facts: StackFacts) -> tuple[str, list[Evidence]]:
    """What the spec takes the access token from; empty where it names nothing."""
    if name := text(facts.spec, "accessTokenSecret"):
        return f"Secret {facts.namespace}/{name} key accessToken", [facts.quote("spec", "accessTokenSecret")]
    path = ("envRefs", _VARIABLE)
    if name := text(facts.spec, *path, "secret", "name"):
        where = f"Secret {facts.namespace}/{name} key {text(facts.spec, *path, 'secret', 'key')}"
        return where, [facts.quote("spec", *path, "secret", each) for each in ("name", "key")]
    if isinstance(field(facts.spec, *path), dict):
        return f"spec.envRefs.{_VARIABLE}", []
    return "", []


def _backend(facts: StackFacts) -> str:
    return f"the backend {text(facts.spec, 'backend')}".rstrip()


def _install(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _failed(facts, _INSTALLATION)
    if found is None:
        return None
    _, image = _image(facts)
    if plugin := _PLUGIN.search(found.message):
        title = f"The image {image or 'of the workspace'} has no language plugin {plugin[1]}"
        step = f"Set spec.workspaceTemplate.spec.image to one that has {plugin[1]}."
        return _finding(facts, found, title, f"{image or 'image'} without {plugin[1]}", step)
    program = text(facts.spec, "projectRepo") or _workspace(facts)
    title = f"Installing dependencies failed: {bare_reason(telling_line(found.message))}"
    if facts.deleting and field(facts.workspace, "spec", "projectInfo") is not None:
        step = "Set spec.runProgram to true, or upgrade the operator to 2.9.1 or later."
        return _finding(facts, found, title, program, step)
    if _TRANSIENT.search(found.message):
        step = f"Restart {_workspace(facts)}: what failed may work at another time."
        return replace(_finding(facts, found, title, program, step), actions=("restart-workspace",))
    step = f"Correct the program in {program}, and ask for a run: new commits aren't looked for meanwhile."
    return _finding(facts, found, title, program, step)


def _image(facts: StackFacts) -> tuple[tuple[str, ...], str]:
    """The image of the workspace as the spec names it, with its path there; without a path where it doesn't."""
    path = ("workspaceTemplate", "spec", "image")
    if image := text(facts.spec, *path):
        return path, image
    running = container_spec(facts.agent)[0] if facts.agent is not None else {}
    return (), text(facts.workspace, "spec", "image") or text(running, "image")


def _too_long(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    ready = facts.workspace_condition("Ready") if facts.waits_for_workspace else None
    if ready is None or ready.status != "False" or ready.reason != "Installing":
        return None
    started = facts.agent.started_at if facts.agent is not None else None
    since = max((time for time in (ready.time, started) if time is not None), default=None)
    if since is None or facts.now - since <= _LONG_INSTALL:
        return None
    line, unread = last_said_by_operator(facts, _TOO_LONG)
    own = facts.objects.quote(ready.owner, "status", "conditions", ready.place, "reason", time=ready.time)
    said = line.text[line.text.index(_TOO_LONG) :].partition('"')[0] if line is not None else ""
    proof = [facts.objects.quote_operator_log(line, said)] if line is not None else []
    title = "The error of the installation is too long to be saved"
    return Finding(
        "",
        PROBLEM,
        title if proof else f"{_workspace(facts)} has been installing for {round((facts.now - since) / 60)} minutes",
        subject=_workspace(facts),
        evidence=(*proof, own),
        certainty=CERTAIN if proof else POSSIBLE,
        makes_certain="" if proof else "the operator's log",
        unknown=(f"the operator's log: {unread}",) if unread and not proof else (),
        since=since,
        next=NextEvent("the installation runs again and again", heals=False)
        if proof
        else NextEvent("the installation may end yet", brief=RUNS),
        next_step=f"Look into the log of container pulumi of {facts.namespace}/{facts.pod_name} for what fails.",
    )


def _configuration(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _failed(facts, _INITIALISATION)
    if found is None or LOCKED in found.message or not _about_configuration(found.message):
        return None
    mounted = _MOUNTED.search(found.message)
    if mounted is not None:
        missing = MissingObject(
            SECRET if mounted[1] == "secrets" else CONFIG_MAP, facts.namespace, mounted[2], mounted[3].rstrip(".,;")
        )
        place = missing.reference(facts)
        step = f"Add the key {missing.key} to the {missing.kind} {facts.namespace}/{missing.name}, then restart the "
        step += f"workspace; or correct {place.field}." if place is not None else "workspace."
        finding = _finding(facts, found, missing.title, missing.subject, step, *missing.quotes(facts))
        return replace(finding, actions=("restart-workspace",))
    why = bare_reason(telling_line(found.message))
    if "environments" in found.message:
        title, step = f"The environments can't be used: {why}", "Correct spec.environment."
        return _finding(facts, found, title, "spec.environment", step)
    key = _CONFIG_KEY.search(found.message)
    where = f"the configuration {key[1]}" if key is not None else "the configuration"
    title = f"{where[0].upper()}{where[1:]} can't be used: {why}"
    return _finding(facts, found, title, where, f"Correct {where} in spec.config, spec.configRef or spec.secretsRef.")


def _about_configuration(message: str) -> bool:
    return any(words in message and (words != "parsing " or " as JSON" in message) for words in _CONFIGURATION)


def _too_old(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = facts.leading if facts.leads("Stalled", "PulumiVersionTooLow") else None
    if found is None and not facts.leads("Stalled"):
        stalled = facts.workspace_condition("Stalled") if facts.waits_for_workspace else None
        found = (
            stalled if stalled is not None and stalled.true and stalled.reason == "IncompatibleConfiguration" else None
        )
    if found is None or "Pulumi" not in found.message:
        return None
    path, image = _image(facts)
    versions = _TOO_OLD.search(found.message)
    which = f"Pulumi of the image {image}" if image else "Pulumi of the workspace image"
    title = f"The version of {which} can't be told"
    if versions is not None:
        title = f"{which} is {versions[1]}, and JSON configuration needs {versions[2]}"
    quotes = [facts.quote("spec", *path)] if path else []
    if text(facts.workspace, "status", "pulumiVersion") and facts.workspace is not None:
        quotes.append(facts.objects.quote(facts.workspace, "status", "pulumiVersion"))
    return Finding(
        "",
        PROBLEM,
        title,
        subject=f"image {image}" if image else "workspace image",
        evidence=(facts.quote_condition(found, part=found.message.partition("\n")[0]), *quotes),
        since=found.time,
        next=NextEvent("never by itself: the image stays the same", heals=False),
        next_step="Set spec.workspaceTemplate.spec.image to a newer one, or write spec.config as texts.",
    )


def _backend_stack(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _failed(facts, _INITIALISATION)
    if found is None or LOCKED in found.message:
        return None
    name = text(facts.spec, "stack")
    why = bare_reason(telling_line(found.message))
    restart = f"then restart {_workspace(facts)}"
    if "passphrase must be set" in found.message:
        title = f"The backend stack {name} has no passphrase: PULUMI_CONFIG_PASSPHRASE isn't set"
        step = "Name a Secret with the passphrase in spec.envRefs.PULUMI_CONFIG_PASSPHRASE."
        return _finding(facts, found, title, "PULUMI_CONFIG_PASSPHRASE", step)
    if "unknown secrets provider" in found.message:
        title = f"The secrets provider of {name} is unknown: {why}"
        return _finding(facts, found, title, "spec.secretsProvider", "Correct spec.secretsProvider.")
    if "stack not found" in found.message or "no stack named" in found.message:
        only = field(facts.spec, "useLocalStackOnly") is True
        title = f"The backend stack {name} doesn't exist" + (", and useLocalStackOnly is set" if only else "")
        step = f"Make {name} with pulumi stack init, {restart}"
        step += "; or remove spec.useLocalStackOnly." if only else "; or correct spec.stack."
        quotes = [facts.quote("spec", "stack"), *([facts.quote("spec", "useLocalStackOnly")] if only else [])]
        return replace(
            _finding(facts, found, title, f"backend stack {name}", step, *quotes), actions=("restart-workspace",)
        )
    verb = "created" if "failed to create stack" in found.message else "selected"
    title = f"The backend stack {name} can't be {verb}: {why}"
    step = f"Correct spec.stack or spec.backend; where {_backend(facts)} was at fault, repair it, {restart}."
    finding = _finding(facts, found, title, f"backend stack {name}", step, facts.quote("spec", "stack"))
    return replace(finding, actions=("restart-workspace",))


_NOT_RECONCILE = NotHelpful("reconcile", "an unchanged Workspace isn't initialised again")
_STALLED = "`Stalled` for `WorkspaceFailed` with"
_OLDER = "Before 2.5 the Stack stays at `waiting for workspace readiness`, and only its Workspace says so."
CAUSES = (
    Cause(
        id="F-1",
        depth=INITIALISATION,
        title="The access token is refused or missing",
        symptom=f"{_STALLED} `InitializationFailed: …` and `Unauthorized`, `invalid access token`, `No credentials "
        f"provided or are invalid`, `[401]` or `PULUMI_ACCESS_TOKEN must be set`. {_OLDER}",
        explanation="The backend doesn't take the token that the pod got as PULUMI_ACCESS_TOKEN at its start.",
        by_itself="Never ends: the workspace isn't tried again.",
        way_out="Put a valid token into the Secret, and then restart the workspace: the pod reads it at its start.",
        versions="2.x; up to 2.2 the Workspace says `InvalidAccessToken`",
        since=(2, 0, 0),
        find=_token,
        after_repair=("restart-workspace",),
        not_helpful=(_NOT_RECONCILE,),
        beats=("F-5",),
    ),
    Cause(
        id="F-3",
        depth=INITIALISATION,
        title="Installing dependencies failed",
        symptom=f"{_STALLED} `InstallationFailed: … could not install dependencies`. {_OLDER}",
        explanation="Before its first run a workspace installs what the program depends on: packages and plugins. From "
        "2.8.0 to 2.9.0 also a destroy without program may try, with nothing to install for.",
        by_itself="Never ends: the workspace isn't tried again.",
        way_out="If a registry was slow or refused too many requests: restart the workspace. Otherwise correct the "
        "program, the image, or what the pod may reach.",
        versions="2.x",
        since=(2, 0, 0),
        find=_install,
        not_helpful=(_NOT_RECONCILE,),
    ),
    Cause(
        id="F-4",
        depth=INITIALISATION,
        title="The error of the installation is too long to be saved",
        symptom="The Workspace stays at `Installing` for more than ten minutes, and the operator's log says `Too long: "
        "may not be more than 32768`.",
        explanation="The operator can't write an error of that size into the Workspace's status, so it installs again.",
        by_itself="Never ends: the installation runs again and again.",
        way_out="Look into the log of the container `pulumi`, and correct what fails there.",
        versions="2.x",
        since=(2, 0, 0),
        find=_too_long,
        not_helpful=(NotHelpful("reconcile", "the installation fails the same way"),),
    ),
    Cause(
        id="F-6",
        depth=INITIALISATION,
        title="Configuration, environments or a mounted key can't be used",
        symptom=f"{_STALLED} `InitializationFailed: …` and `config items:`, `unreadable path:`, `missing value for "
        f"environment variable`, `unable to add environments` and the like. {_OLDER}",
        explanation="A value of `config`, `configRef` or `secretsRef` can't be read, as where a mounted Secret lacks "
        "the key, or the backend knows no environments.",
        by_itself="Never ends: the workspace isn't tried again.",
        way_out="Correct the field, which makes a new pod; or add the key to the Secret, and then restart the "
        "workspace.",
        versions="2.x",
        since=(2, 0, 0),
        find=_configuration,
        after_repair=("restart-workspace",),
        not_helpful=(_NOT_RECONCILE,),
        beats=("F-5",),
    ),
    Cause(
        id="F-7",
        depth=INITIALISATION,
        title="The Pulumi CLI of the image is too old",
        symptom="`Stalled` for `PulumiVersionTooLow`: `Pulumi CLI version X does not support JSON configuration`.",
        explanation="Values of `config` that are no texts are handed over as JSON, which older CLIs don't know.",
        by_itself="Never ends.",
        way_out="Use a newer image, or write the values of `config` as texts.",
        versions="from 2.3",
        since=(2, 3, 0),
        find=_too_old,
        not_helpful=(
            NotHelpful("reconcile", "the image stays the same"),
            NotHelpful("restart-workspace", "the new pod has the same image"),
        ),
        beats=("F-5",),
    ),
    Cause(
        id="F-5",
        depth=INITIALISATION,
        title="The backend stack can't be selected or created",
        symptom=f"{_STALLED} `InitializationFailed: …` and `stack not found`, `failed to create stack`, `unknown "
        f"secrets provider type` or `passphrase must be set`. {_OLDER}",
        explanation="The workspace selects the stack in the backend, and makes it where it isn't there, unless "
        "`useLocalStackOnly` is set.",
        by_itself="Never ends: the workspace isn't tried again.",
        way_out="Correct the spec, which makes a new pod; or create the stack, and then restart the workspace.",
        versions="2.x",
        since=(2, 0, 0),
        find=_backend_stack,
        after_repair=("restart-workspace",),
        not_helpful=(_NOT_RECONCILE,),
    ),
)
