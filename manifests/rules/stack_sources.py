"""Rules of where a Stack's program comes from: one source, that the operator can fetch."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.delivery.git_addresses import GitAddress, git_address
from manifests.document import Document
from manifests.field_names import WORKSPACE_TEMPLATE, nearest_names
from manifests.phrases import listed
from manifests.placeholders import has_placeholder
from manifests.problem import FieldPath, Problem, Severity
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.schema.meant_fields import meant_in_spec
from manifests.stack_example import STACK_EXAMPLE
from stacks.redaction import without_credentials

SOURCE = Rule(
    id="stack/source",
    severity=Severity.ERROR,
    title="a Stack doesn't have exactly one source that the operator can fetch",
    effect="Nothing ever runs: the Stack is Stalled with SpecInvalid, or its workspace waits for a program for ever; "
    "of two sources one is never looked at.",
    remedy="Give it one of projectRepo with a branch or a commit, fluxSource, programRef, or an image with "
    "workspaceTemplate.spec.local; let the address begin with https:// or ssh://, and put a login into gitAuth.",
    wrong=STACK_EXAMPLE
    + """\
  commit: 2f7c8c1d0a4b3e5f60718293a4b5c6d7e8f90123
""",
    right=STACK_EXAMPLE,
    alike="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  workspaceTemplate:
    spec:
      image: registry.example.com/acme/web-program:1.4.0
      local:
        dir: /app
""",
)
GIT_AUTH = Rule(
    id="stack/git-auth",
    severity=Severity.ERROR,
    title="a Stack's gitAuth has no login or several, or the login is in the deprecated gitAuthSecret",
    effect="With several, the operator lists the branch with one of them, and the workspace's pod then refuses to "
    "fetch; the Stack waits for its workspace for ever. gitAuthSecret is deprecated (a warning).",
    remedy="Keep one of gitAuth.accessToken, gitAuth.sshAuth, gitAuth.basicAuth and gitAuth.githubApp.",
    wrong=STACK_EXAMPLE
    + """\
  gitAuth:
    accessToken:
      type: Secret
      secret: {name: git-login, key: token}
    basicAuth:
      userName:
        type: Secret
        secret: {name: git-login, key: username}
      password:
        type: Secret
        secret: {name: git-login, key: password}
""",
    right=STACK_EXAMPLE
    + """\
  gitAuth:
    accessToken:
      type: Secret
      secret: {name: git-login, key: token}
""",
    alike="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: git@github.com:acme/web.git
  branch: main
  gitAuth:
    sshAuth:
      sshPrivateKey:
        type: Secret
        secret: {name: git-login, key: key}
      password:
        type: Secret
        secret: {name: git-login, key: password}
""",
)

RULES = (SOURCE, GIT_AUTH)

_GIT_FIELDS = ("projectRepo", "branch", "commit", "repoDir", "shallow", "gitAuth", "gitAuthSecret")
"""fields any of which makes the operator take a Stack's source for a Git repository"""
_SOURCES = {"projectRepo", "branch", "commit", "fluxSource", "programRef", "workspaceTemplate"}
_OF_A_STACK = ("projectRepo", "fluxSource", "programRef")
_METHODS = ("accessToken", "sshAuth", "basicAuth", "githubApp")
_TOKEN_AS_SECRET = "gitAuth: {accessToken: {type: Secret, secret: {name: NAME, key: KEY}}}"  # noqa: S105


def check(repository: Repository) -> Iterator[Problem]:
    for stack in repository.stacks:
        if stack.at("spec") is None and not repository.may_be_patched(stack):
            yield _no_spec(stack)
        if not stack.mapping("spec"):
            continue
        patched = repository.may_be_patched(stack) or bool(_SOURCES & meant_in_spec(stack, repository.versions.pko))
        yield from _number_of_sources(repository, stack, patched)
        yield from _git(stack, patched)
        yield from _git_auth(repository, stack, patched)


def sources(stack: Document) -> dict[str, FieldPath]:
    """The sources of a Stack by the field that says each, in the order in which the operator looks at them."""
    found: dict[str, FieldPath] = {}
    git = next((name for name in _GIT_FIELDS if stack.at("spec", name) is not None), None)
    if git is not None:
        found[git] = ("spec", git)
    elif stack.at(*WORKSPACE_TEMPLATE, "git") is not None:
        found["workspaceTemplate.spec.git"] = (*WORKSPACE_TEMPLATE, "git")
    for name in ("fluxSource", "programRef"):
        if stack.at("spec", name) is not None:
            found[name] = ("spec", name)
    if not {"fluxSource", "programRef"} & found.keys() and stack.at(*WORKSPACE_TEMPLATE, "flux") is not None:
        found["workspaceTemplate.spec.flux"] = (*WORKSPACE_TEMPLATE, "flux")
    if stack.at(*WORKSPACE_TEMPLATE, "local") is not None:
        found["workspaceTemplate.spec.local"] = (*WORKSPACE_TEMPLATE, "local")
    return found


def _no_spec(stack: Document) -> Problem:
    return SOURCE.at(
        stack,
        ("spec",),
        "the Stack has no spec, and so no source: the API server takes it, and the operator can't run anything for it",
        fix="Add `spec` with `stack: ORGANIZATION/PROJECT/STACK` and where the program is.",
    )


def _number_of_sources(repository: Repository, stack: Document, patched: bool) -> Iterator[Problem]:
    found = sources(stack)
    named = stack.at("spec", "stack") is not None  # else the API server refuses it, which is said of the same place
    if named and not found and not patched and not _brings_its_own(stack) and not _is_misspelt(stack, *_OF_A_STACK):
        yield SOURCE.at(
            stack,
            ("spec",),
            "the Stack has no source: the operator refuses it and runs nothing"
            if repository.versions.pko < (2, 0, 0)
            else "the Stack has no source: its workspace starts with an empty folder, in which the agent finds no "
            "project, and restarts for ever while the Stack only says that it waits for the workspace",
            fix="Add where the program is, such as\n  projectRepo: https://github.com/acme/web.git\n  branch: main",
        )
    names = list(found)
    for name in names[1:]:
        yield SOURCE.at(stack, found[name], _why_not_both(repository, names[0], name), fix=_keep_one(names[0], name))


def _brings_its_own(stack: Document) -> bool:
    """Whether an init container may put a program into the workspace."""
    return bool(stack.items(*WORKSPACE_TEMPLATE, "podTemplate", "spec", "initContainers")) or stack.at(
        *WORKSPACE_TEMPLATE, "projectInfo"
    ) not in (None, {})


def _why_not_both(repository: Repository, first: str, second: str) -> str:
    both = f"the Stack has two sources, {first} and {second}"
    if repository.versions.pko < (2, 0, 0):
        return f"{both}: the operator refuses it and runs nothing"
    if second == "workspaceTemplate.spec.local":
        return (
            f"{both}: the workspace's pod gets two containers named fetch, which Kubernetes refuses. The operator "
            "tries again for ever, and no status says so"
        )
    if first in _GIT_FIELDS and first != "projectRepo":
        return (
            f"{first} makes the source a Git repository, and {second} is never looked at: the Stack is Stalled with "
            'SpecInvalid, missing "projectRepo"'
        )
    return f"{both}: the operator takes {first} and never looks at {second}, without a word"


def _keep_one(first: str, second: str) -> str:
    if first == "repoDir" and second == "fluxSource":
        return "Say the folder in fluxSource.dir in place of repoDir."
    if first in _GIT_FIELDS and first != "projectRepo":
        return f"Take {first} out; it belongs to projectRepo alone."
    return f"Keep one of {first} and {second}."


def _git(stack: Document, patched: bool) -> Iterator[Problem]:
    """What is wrong with a Git source that there is."""
    branch, commit, address = (stack.word("spec", name) for name in ("branch", "commit", "projectRepo"))
    if branch and commit:
        yield SOURCE.at(
            stack,
            ("spec", "commit"),
            f"the Stack names the branch {branch} and the commit {commit}: it is Stalled with SpecInvalid until one of "
            "them is gone",
            fix="Keep branch to follow it, or commit to stay where it is.",
        )
    others = [name for name in _GIT_FIELDS[1:] if stack.at("spec", name) is not None]
    if stack.at("spec", "projectRepo") is None or stack.at("spec", "projectRepo") == "":
        if others and not patched and len(sources(stack)) == 1 and not _is_misspelt(stack, *_OF_A_STACK):
            yield SOURCE.at(
                stack,
                ("spec", "projectRepo" if stack.has("spec", "projectRepo") else others[0]),
                f"{listed(others)} {'says' if len(others) == 1 else 'say'} something about a Git repository, and no "
                'projectRepo says which one: the Stack is Stalled with SpecInvalid, missing "projectRepo"',
                fix="Add\n  projectRepo: https://github.com/acme/web.git",
            )
        return
    if not address or has_placeholder(address):
        return
    parsed = git_address(address)
    if parsed.password or without_credentials(parsed.user) != parsed.user:
        refused = f". Besides, {_refused(parsed)}" if parsed.refusal and not patched else ""
        yield SOURCE.at(
            stack,
            ("spec", "projectRepo"),
            f"a password for {parsed.host} stands in the address: everybody who may read this file, the Stack or the "
            f"operator's log has it{refused}",
            fix=f"Put it into a Secret, take it out of the address ({parsed.shown}), and change it, since it stays in "
            f"the history; then\n  {_TOKEN_AS_SECRET}",
        )
    elif parsed.refusal and not patched:
        yield SOURCE.at(stack, ("spec", "projectRepo"), _refused(parsed), fix=_written_right(parsed))
    elif not (branch or commit or patched or _odd_revision(stack) or _is_misspelt(stack, "branch", "commit")):
        yield SOURCE.at(
            stack,
            ("spec", "projectRepo"),
            "neither branch nor commit says what of the repository is meant: the Stack is Stalled with SpecInvalid, "
            'missing "commit" or "branch"',
            fix="Add the branch to follow, such as\n  branch: main",
        )


def _is_misspelt(stack: Document, *names: str) -> bool:
    """Whether one of these fields may be there under a wrong name, of which another rule speaks."""
    fields = (key for key in stack.mapping("spec") if isinstance(key, str) and key not in _GIT_FIELDS)
    return any(nearest_names(key, names) for key in fields)


def _odd_revision(stack: Document) -> bool:
    """Whether branch or commit is there and no text, of which another rule speaks."""
    return any(not isinstance(stack.at("spec", name), (str, type(None))) for name in ("branch", "commit"))


def _refused(address: GitAddress) -> str:
    return (
        f"the operator can't take the address {without_credentials(address.shown)}: {address.refusal}. The Stack is "
        "Stalled with SpecInvalid, and nothing runs"
    )


def _written_right(address: GitAddress) -> str:
    if address.scheme in ("http", "git") and address.path:
        return f"Write it as https://{address.host}/{address.path} if the server speaks it, or with ssh://."
    return (
        "Write it as https://github.com/acme/web.git, ssh://git@github.com/acme/web.git or git@github.com:acme/web.git."
    )


def _git_auth(repository: Repository, stack: Document, patched: bool) -> Iterator[Problem]:
    of_secret = ("spec", "gitAuthSecret")
    methods = [name for name in _METHODS if stack.at("spec", "gitAuth", name) is not None]
    has_secret = stack.word(*of_secret) != ""
    if len(methods) > 1:
        yield GIT_AUTH.at(
            stack,
            ("spec", "gitAuth", methods[1]),
            f"gitAuth has {len(methods)} methods, {listed(methods)}: {_what_several_do(repository)}",
            fix=f"Keep one of {listed(methods)}.",
            severity=_of_several(repository),
        )
    elif stack.at("spec", "gitAuth") == {} and not has_secret and not patched:
        yield GIT_AUTH.at(
            stack,
            ("spec", "gitAuth"),
            f"gitAuth has none of {listed(_METHODS)}: the Stack is Stalled with SpecInvalid",
            fix=f"Take it out for a public repository, or write\n  {_TOKEN_AS_SECRET}",
        )
    if has_secret and methods:
        yield GIT_AUTH.at(
            stack,
            of_secret,
            f"gitAuthSecret and gitAuth.{methods[0]} both say how to log in: {_what_two_places_do(repository)}",
            fix="Keep gitAuth, and take gitAuthSecret out; it is deprecated.",
            severity=_of_several(repository),
        )
    elif has_secret:
        yield GIT_AUTH.at(
            stack,
            of_secret,
            "gitAuthSecret is deprecated: the keys of the Secret decide which login is meant, and gitAuth says it",
            fix=f"Name the key in its place:\n  {_TOKEN_AS_SECRET.replace('NAME', stack.word(*of_secret))}",
            severity=Severity.WARNING,
        )


def _what_several_do(repository: Repository) -> str:
    if repository.versions.pko < (2, 0, 0):
        return "only one of them is used, sshAuth before accessToken before basicAuth"
    return (
        "the operator lists the branch with one of them, and the pod that fetches refuses to choose, so that the Stack "
        "waits for its workspace for ever"
    )


def _what_two_places_do(repository: Repository) -> str:
    if repository.versions.pko < (2, 0, 0):
        return "gitAuth is never looked at"
    return (
        "the operator lists the branch with the Secret's, and the pod that fetches is given both; where they are of "
        "different methods it refuses to choose, and the Stack waits for its workspace for ever"
    )


def _of_several(repository: Repository) -> Severity:
    return Severity.WARNING if repository.versions.pko < (2, 0, 0) else Severity.ERROR
