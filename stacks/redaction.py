"""The rule book for what looks like a secret: by the name that it bears, by what stands before it, by its own form.

Everything that hides something asks here: objects (`stacks.masked_objects`), and every text that is made plain
(`stacks.text`), which includes the errors of clusters and of credential plugins. A program may export a password
without telling Pulumi that it is one. To hide too much costs a reader a look into Pulumi Cloud; to hide too little
can't be taken back. But what is hidden is the secret alone: the words around it stay, or nobody could read an error.
"""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "(not shown)"
"""in the place of a value that isn't shown"""
SECRET_WORD = "[secret]"  # noqa: S105
"""in the place of a secret within a text; it has no blank, so that a URL stays one"""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WITHIN = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|credential|kubeconfig|dockerconfig|apikey|accesskey|privatekey"
    r"|connectionstring|authorization"
)
"""whatever stands around them, also where words aren't told apart"""
_WORDS = frozenset({"pass", "pwd", "psk", "jwt", "bearer", "dsn", "literal"})
_LAST = frozenset({"key", "keys", "auth", "auths", "cookie", "cookies"})
_BEHIND_KEY = frozenset({"pem", "data", "base", "value", "material"})
_PRIVATE = frozenset({"cert", "certs", "certificate", "certificates", "pem"})
_WHOLE = frozenset({"data", "stringdata"})
_REFERENCES = frozenset(
    {
        "name", "names", "namespace", "ref", "refs", "provider", "file", "path", "url", "uri", "endpoint", "type",
        "kind", "seconds", "ttl", "expiration", "version",
    }
)  # fmt: skip
"""last words of names of what only leads to a secret, or says something about it"""
_NAMES_OF_SECRETS = frozenset({"topologyKey", "accessTokenSecret", "gitAuthSecret", "envSecrets"})
"""fields of the APIs that sound secret, and hold a name"""
_USUAL = frozenset({"key", "keys", "data", "stringdata", "pass", "auth", "literal"})
"""words that name secrets among fields, but in running text nearly everything"""
_NO_SECRETS = frozenset({"true", "false", "yes", "no", "null", "nil", "none"})
_SIGNATURES = frozenset({"sig", "signature", "x-amz-signature", "x-goog-signature"})
"""parameters of signed URLs: who has the URL may do what it says"""


def names_a_secret(name: str) -> bool:
    """Whether what bears this name is likely to be secret."""
    return _names_a_secret(name) if len(name) < _LONGEST_KEPT else _names_a_secret.__wrapped__(name)


_LONGEST_KEPT = 100
"""characters of a name whose answer is kept: the fields of the APIs come again and again, anything longer doesn't"""


@lru_cache(maxsize=4096)
def _names_a_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    if joined in _WHOLE or _WITHIN.search(joined) or not _WORDS.isdisjoint(words):
        return True
    if "private" in words and not _PRIVATE.isdisjoint(words):
        return True
    while len(words) > 1 and words[-1] in _BEHIND_KEY:
        words.pop()
    return bool(words) and words[-1] in _LAST and "public" not in words


def refers_to_a_secret(name: str) -> bool:
    """Whether a name only says where a secret is, or of which sort: ``secretName``, ``tokenExpirationSeconds``."""
    words = _WORD.findall(name)
    return name in _NAMES_OF_SECRETS or (len(words) > 1 and words[-1].lower() in _REFERENCES)


def _names_one_in_text(name: str) -> bool:
    lower = name.lower()
    if lower in _SIGNATURES:
        return True
    return re.sub(r"[\W_]", "", lower) not in _USUAL and names_a_secret(name) and not refers_to_a_secret(name)


# Texts. They may be long, and anybody's: each of these is begun at the start of a word alone, so that none takes more
# time than the text is long.

_USERINFO = re.compile(r"(?<=://)[^/\s\"<>]*@")
_QUOTE = r"\\*[\"']?"
_VALUE = r"(?:\\*\"[^\"\\]*|\\*'[^'\\]*|[^\s&\"',;(){}<>\\]+)"
"""a value up to its closing quote, or to where a word, a parameter of a URL or a bracket ends"""
_AUTHORIZATION = re.compile(
    rf"(\bauthorization{_QUOTE}\s*[:=]\s*{_QUOTE}(?:(?:bearer|basic|token|digest|negotiate|ntlm|apikey"
    r"|aws4-hmac-sha256)\s+)?)[^\s\"',;\\]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(bearer|basic)(\s+)([\w\-.~+/]{6,}=*)", re.IGNORECASE)
_HEADER = re.compile(
    r"(?<![\w-])((?:private|job|deploy)-token|x-[\w-]+|api-key)(\s*:\s+)([^\s\"',;\\]+)|(?<![\w-])((?:set-)?cookie)(:\s+)([^\n\"\\]+)",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(rf"(?<![\w.\-])([\w.\-]+)(=)({_VALUE})")
_IN_JSON = re.compile(rf"(?<=[\"'])([A-Za-z_.][\w.:/\-]*)(\\*\"\s*:\s*|'\s*:\s+)({_VALUE})")
_ON_A_LINE = re.compile(
    r"^([ \t+~\-]*[\"']?[A-Za-z_][\w.:\-]*?[\"']?)([ \t]*:[ \t]+)(\"[^\n]*\"|'[^\n]*'|[^\s\[{|>&*][^\s]*)[ \t]*$", re.M
)
_FLAG = re.compile(rf"(?<![\w-])(--[A-Za-z][\w-]+)([ \t]+)(?!-)({_VALUE})")
_FORMS = re.compile(
    r"(?<![\w\-])eyJ[\w\-]+\.[\w\-]+\.[\w\-]*"  # a JSON Web Token
    r"|\bgh[oprsu]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{20,}|\bglpat-[\w\-]{16,}"
    r"|\bpul-[0-9a-f]{40}\b"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_BEHIND_SCHEMES = frozenset(
    {
        "token", "tokens", "authentication", "authorization", "authenticate", "scheme", "credential", "credentials",
        "header", "headers", "realm",
    }
)  # fmt: skip
_SIGNS = (
    "pass", "pwd", "secret", "token", "cred", "key", "connection", "auth", "config", "psk", "jwt", "dsn", "literal",
    "cert", "pem", "cookie", "bearer", "basic", "sig", "eyj", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat",
    "glpat", "pul-",
)  # fmt: skip
"""a text without any of these, in lower case, holds nothing that the rules for texts would find"""
_BY_THEMSELVES = ("bearer", "basic", "uthorization", "eyj", "glpat-", "pul-")
"""what says so without a sign such as ``=`` beside it"""


def without_userinfo(text: str) -> str:
    """`text` with credentials taken out of every URL in it (``https://user:token@host`` loses the middle)."""
    return _USERINFO.sub("", text) if "@" in text else text


def without_credentials(text: str) -> str:
    """`text` with whatever looks like a secret replaced by a word, and everything around it left as it is.

    That is: logins in URLs; what follows ``Authorization:``, ``Bearer`` or ``Basic``; values of parameters, flags,
    headers and fields whose names say that they are secret; tokens of well-known forms; private keys.
    """
    return _searched(text) if may_hold_credentials(text) else text


def may_hold_credentials(text: str) -> bool:
    """Whether `without_credentials` may change this text; False is certain."""
    if "@" in text:
        return True
    lower = text.lower()
    if "=" in text or ": " in text or ":\t" in text or "--" in text or "_" in text or '"' in text:
        return any(map(lower.__contains__, _SIGNS))
    return any(map(lower.__contains__, _BY_THEMSELVES))


_find_message_of_a_token = re.compile(rb'message":"[^ "]*(?:glpat-|pul-|uthorization:)').search
_SHORT = 400
"""bytes of text up to which the answer is remembered: most objects of a watch say the same"""


def json_may_hold_credentials(raw: bytes) -> bool:
    """`may_hold_credentials` of any text in this compact JSON without escapes. Usually it says no.

    It is asked of each object of a watch. A search for one byte costs next to nothing; searches for several are made
    only where a rare one of them is, and among messages: texts with blanks, and what is called one. A token or a header
    that is the whole of another text, without a blank, is therefore seen only if it is a JSON Web Token.
    """
    if b"=" in raw or b"@" in raw or b"_" in raw or (b"J" in raw and b"eyJ" in raw):
        return True
    if _find_message_of_a_token(raw) is not None:
        return True
    first = raw.find(b" ")
    if first < 0:
        return False
    words = raw[raw.rfind(b'"', 0, first) : raw.find(b'"', raw.rfind(b" "))]
    return (
        _words_may_hold_credentials(words) if len(words) <= _SHORT else _words_may_hold_credentials.__wrapped__(words)
    )


@lru_cache(1024)
def _words_may_hold_credentials(words: bytes) -> bool:
    low = words.lower()
    if b": " in low or b"--" in low or b"bearer " in low or b"basic " in low:
        return True
    return b"glpat-" in low or b"pul-" in low or b"uthorization" in low


def _searched(text: str) -> str:
    text = without_userinfo(text)
    if "PRIVATE KEY-----" in text:
        text = _PRIVATE_KEY.sub(SECRET_WORD, text)
    text = _AUTHORIZATION.sub(rf"\1{SECRET_WORD}", text)
    text = _SCHEME.sub(_behind_scheme, text)
    text = _FORMS.sub(SECRET_WORD, text)
    if "=" in text:
        text = _ASSIGNED.sub(_if_named, text)
    if ":" in text:
        text = _IN_JSON.sub(_if_named, text)
        text = _ON_A_LINE.sub(_if_named, text)
        text = _HEADER.sub(_header, text)
    if "-" in text:
        text = _FLAG.sub(_if_named, text)
    return text


def _if_named(found: re.Match[str]) -> str:
    name, between, value = found.groups()
    if value.lower() in _NO_SECRETS or not _names_one_in_text(name.strip(" \t+~-\"'")):
        return found[0]
    return f"{name}{between}{_masked(value)}"


def _header(found: re.Match[str]) -> str:
    name, between, _ = (part for part in found.groups() if part is not None)
    if name.lower().startswith("x-") and not _names_one_in_text(name):
        return found[0]
    return f"{name}{between}{SECRET_WORD}"


def _behind_scheme(found: re.Match[str]) -> str:
    """What follows the scheme, unless it is a word of a sentence such as "basic authentication failed"."""
    scheme, blank, value = found.groups()
    is_word = value.isalpha() and value[1:].islower() and scheme.lower() == "basic"
    if is_word or value.lower().rstrip(".") in _BEHIND_SCHEMES:
        return found[0]
    return f"{scheme}{blank}{SECRET_WORD}"


def _masked(value: str) -> str:
    """The value's quotes, if it has them, with the word between."""
    start = re.match(r"\\*[\"']", value)
    if start is None:
        return SECRET_WORD
    end = start[0] if len(value) > len(start[0]) and value.endswith(start[0]) else ""
    return f"{start[0]}{SECRET_WORD}{end}"
