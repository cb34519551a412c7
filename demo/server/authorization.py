"""Who may do what: bearer tokens, and one rule that both answers access reviews and refuses requests."""

from __future__ import annotations

from collections.abc import Collection as Some
from dataclasses import dataclass

from demo.server.objects import Obj
from demo.server.refusals import Refusal, details_of
from demo.server.served_kinds import ServedKind

READ = ("get", "list", "watch")


@dataclass(frozen=True, slots=True)
class RequestAttributes:
    """What is asked for. `namespace` is None for the whole cluster."""

    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str | None
    name: str

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True, slots=True)
class AccessRule:
    """`resources` are plurals, `pods/log` for subresources; `namespaces` None means everywhere."""

    verbs: Some[str] = ("*",)
    resources: Some[str] = ("*",)
    namespaces: Some[str] | None = None

    def allows(self, asked: RequestAttributes) -> bool:
        return (
            ("*" in self.verbs or asked.verb in self.verbs)
            and ("*" in self.resources or asked.full_resource in self.resources)
            and (self.namespaces is None or asked.namespace in self.namespaces)
        )


@dataclass(frozen=True, slots=True)
class ServerUser:
    name: str
    rules: tuple[AccessRule, ...] = ()

    def may(self, asked: RequestAttributes) -> bool:
        return any(rule.allows(asked) for rule in self.rules)


ADMIN = ServerUser("admin", (AccessRule(),))
ANONYMOUS = ServerUser("system:anonymous")


class ServerAccess:
    """Who may do what. Until the first token is granted everybody is admin; from then on every request needs one."""

    def __init__(self) -> None:
        self._users: dict[str, ServerUser] = {}

    def grant(self, token: str, name: str, *rules: AccessRule) -> None:
        """Let `token` be `name`, with all rights if no rules are given. Granting again replaces."""
        self._users[token] = ServerUser(name, rules or (AccessRule(),))

    def expire(self, token: str) -> None:
        """From now on the token is answered with 401, as one that has run out."""
        self._users.pop(token, None)
        self._users.setdefault("", ANONYMOUS)

    def user(self, authorization: str | None) -> ServerUser:
        if not self._users:
            return ADMIN
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        user = self._users.get(token.strip()) if scheme.lower() == "bearer" and token else None
        if user is None:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        return user

    def check(self, user: ServerUser, kind: ServedKind, asked: RequestAttributes) -> None:
        if user.may(asked):
            return
        scope = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
        what = f'{kind} "{asked.name}" is forbidden' if asked.name else f"{kind} is forbidden"
        action = f'{asked.verb} resource "{asked.full_resource}" in API group "{asked.group}"'
        text = f'{what}: User "{user.name}" cannot {action} {scope}'
        raise Refusal(403, "Forbidden", text, details_of(kind, asked.name))

    def check_again(self, user: ServerUser, kind: ServedKind, asked: RequestAttributes) -> None:
        """Where a request needs a second right: the real server refuses that without saying which."""
        if not user.may(asked):
            text = f'{kind} "{asked.name}" is forbidden: '
            raise Refusal(403, "Forbidden", text, details_of(kind, asked.name))


def review(user: ServerUser, body: Obj) -> Obj:
    """The answer to a SelfSubjectAccessReview."""
    spec = body.get("spec") or {}
    asked = spec.get("resourceAttributes")
    if asked is None:
        asked = {"verb": "get"}
    verb, group, resource, subresource, namespace, name = (
        asked.get(key, "") for key in ("verb", "group", "resource", "subresource", "namespace", "name")
    )
    wanted = RequestAttributes(verb, group, resource, subresource, namespace or None, name)
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": spec,
        "status": {"allowed": user.may(wanted)},
    }


def whoami(user: ServerUser) -> Obj:
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {},
        "status": {"userInfo": {"username": user.name, "groups": ["system:authenticated"]}},
    }
