"""docs/lint.md, made from the catalogue: how lint is used, and every rule with its examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from manifests.catalogue import RULES
from manifests.other_linters import ARGOCD_SOURCE_LINT, KUBECONFORM, PROSE
from manifests.rule import Rule

_HEAD = """# lint

What is wrong in manifests with Pulumi Stacks and what surrounds them, before they are merged: with file, line, what it
will do at run time, and how it is written right. No cluster is asked, unless `--live` says so. This page is written
from the program's own table; [`commands.md`](commands.md) has every flag.

```sh
kubectl pko-argo lint                              # this folder
kubectl pko-argo lint apps stacks/web.yaml         # these only; whatever else there is counts as missing
kustomize build overlays/prod | kubectl pko-argo lint -
helm template charts/web | kubectl pko-argo lint -
kubectl pko-argo lint --render                     # overlays as kubectl kustomize renders them
kubectl pko-argo lint --changed origin/main        # what the branch changes, in the light of all the rest
kubectl pko-argo lint --diff                       # what --fix would write
```

Most rules are about how files fit together: that a Stack waits for one that exists, that its service account is bound,
that an Application delivers it. So name the whole repository; what isn't named counts as missing.

| exit code | means |
|---|---|
| 0 | nothing found, or nothing as bad as `--fail-on` says (`error`, unless told otherwise; `never` is for reports) |
| 1 | a file can't be read, or with `--fix` can't be written; what could be read was checked |
| 2 | the command line is wrong |
| 3 | problems as bad as that, or worse; a file that isn't YAML is one |

Problems go to stdout, their number to stderr. `-o json` is an array of objects with `rule`, `severity`, `file`,
`line`, `column`, `object`, `message` and `fix`; lines and columns count from 1 and name the key or the item that is at
fault.

## What is read

Files that end in `.yaml`, `.yml` or `.json`, in UTF-8, UTF-16 or UTF-32, with any number of documents and `List`s.
Left out are hidden files and folders, `node_modules`, `vendor` and what else tools put there, and links: what they lead
to is read where it lies. Files of more than 16 MiB, files that git-crypt has encrypted, and templates (of Helm, or with
placeholders such as `${NAME}` in the place of a name) are skipped with a note. Documents that aren't Kubernetes' are
left alone, but have to be YAML.

What a patch of Kustomize makes of an object isn't guessed: patches aren't manifests, and of an object that may be
patched nothing is said that a patch may mend. `--render` lets kubectl render each folder with a kustomization that no
other one builds on, and checks the outcome in the place of its files; a problem is still named in the file that the
object comes from, where that can be told.

Which Application delivers what is told by the addresses of the repository: those of its Git remotes, and `--repo-url`.
A `targetRevision` other than the branch that is checked out, or `HEAD`, is another revision, of which nothing is said.
Where a CI has checked out a commit, the branch is the one that it names: of a pull request, the one that it goes to.

`--pko` and `--argocd` say which versions the manifests are for; unless told otherwise the newest that are known.

## What clusters hold

```sh
kubectl pko-argo lint --live                       # the current context's namespace
kubectl pko-argo lint --live -A --context 'prod-*' # all namespaces of these contexts
```

`--live` checks the objects of clusters in the place of files, and beside that what only numbers tell: the rules that
begin with `live/`. On the board `:lint` shows the same for all watched contexts, and a Stack's page what is found of
it.
Where a file would be named the context is, and there is no line: in `-o json` it is null.

Looked at are Stacks, Programs, Applications, Flux sources that Stacks name, roles and their bindings, argocd-cm,
LimitRanges, and of service accounts and Secrets the names alone. What rests on a kind that may not be read isn't said,
and a line on stderr names the kind; [`rbac.yaml`](rbac.yaml) has the rights. A context that can't be reached ends it
with code 1, after the others were printed. The versions are those that run there, unless `--pko` or `--argocd` says
otherwise. Several contexts are checked together: an Application may deliver to another cluster, and two clusters may
run one stack of a backend.

A resync's share of the operator's workers is how long the last runs of its Stack took (the median of five), over the
time from the beginning of one to that of the next.

## Ignoring problems

A comment switches rules off for the line below it, or for its own line. Write the reason after the rules; without one
the comment is a note itself.

```yaml
spec:
  # pko-argo: ignore stack/git-auth, stack/dead-field the operator of the old cluster needs both
  gitAuthSecret: git-token
  destroyOnFinalize: true # pko-argo: ignore argocd/destroy-on-prune it is deleted every night
```

`--disable` leaves out a rule, or all that a glob such as `'argocd/*'` means.

In a repository that has many problems already, write down those that there are, and only new ones count. A problem is
known by its rule, file, object and field, so that it stays known when lines move.

```sh
kubectl pko-argo lint --baseline .pko-argo-baseline.json --write-baseline
kubectl pko-argo lint --baseline .pko-argo-baseline.json
```

## Fixing

`--fix` changes what can be changed without a doubt, and says what has to be done by hand. Nothing but the value or key
in question is touched: comments, quotes, indentation, brackets and line ends stay, anchors that are used elsewhere are
left alone, and the outcome is read again before it is written. A file is written aside and renamed, so that it is never
half there; one that somebody has changed meanwhile is left as it is.

## In a CI

GitHub Actions, with annotations in the pull request (`$ADDRESS` is that of this program's repository):

```yaml
on: pull_request
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: pipx install "git+$ADDRESS"
      - run: kubectl-pko_argo lint -o github --changed "origin/$GITHUB_BASE_REF"
```

Code scanning takes `-o sarif`, which brings the help of each rule along.

GitLab, with the problems beside the lines of the merge request:

```yaml
lint:
  image: python:3.12
  script:
    - pip install "git+$ADDRESS"
    - kubectl-pko_argo lint -o gitlab > gl-code-quality-report.json
  artifacts:
    when: always
    reports: {codequality: gl-code-quality-report.json}
```

`-o junit` is for everything else.

Before each commit, with [pre-commit](https://pre-commit.com):

```yaml
repos:
  - repo: ADDRESS
    rev: VERSION
    hooks:
      - id: pko-argo-lint
```
"""


def rules_page(rules: Sequence[Rule] = RULES) -> str:
    """The page as Markdown."""
    return "".join((_HEAD, *_table(rules), *(part for rule in rules for part in _section(rule))))


def _table(rules: Iterable[Rule]) -> Iterator[str]:
    yield "\n## Rules\n\nTheir ids never change.\n\n"
    yield "| rule | severity | what is wrong | argocd-source-lint | kubeconform |\n|---|---|---|---|---|\n"
    for rule in rules:
        others = f"{ARGOCD_SOURCE_LINT.get(rule.id, '')} | {KUBECONFORM.get(rule.id, '')}"
        yield f"| [`{rule.id}`](#{_anchor(rule)}) | {rule.severity} | {_cell(rule.title)} | {others} |\n"
    yield PROSE


def _section(rule: Rule) -> Iterator[str]:
    title = f"{rule.title[:1].upper()}{rule.title[1:]}"
    yield f"\n### {rule.id}\n\n{title} ({rule.severity}). {rule.effect}\n\n{rule.remedy}\n"
    if rule.gives_way_to:
        others = ", ".join(f"`{other}`" for other in rule.gives_way_to)
        yield f"\nSilent where {others} says more about the same place.\n"
    for label, example in (("Wrong", rule.wrong), ("Right", rule.right), ("Looks like it, and is fine", rule.alike)):
        if rule.wrong:
            yield f"\n{label}:\n\n```yaml\n{example}```\n"


def _anchor(rule: Rule) -> str:
    """What GitHub and GitLab call the section."""
    return rule.id.replace("/", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
