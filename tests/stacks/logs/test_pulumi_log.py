"""pulumi's lines are recognised by their form, in both of its displays; what isn't recognised is text."""

from __future__ import annotations

import pytest

from stacks.logs.pulumi_log import TEXT, LineMark, mark, operation

LINES = [
    ("Updating (dev):", LineMark("title", what="dev")),
    ("Previewing update (acme/dev)", LineMark("title", what="acme/dev")),
    ("  pulumi:pulumi:Stack: (same)", LineMark("step", "same", "pulumi:pulumi:Stack")),
    ("+ pulumi:pulumi:Stack: (create)", LineMark("step", "create", "pulumi:pulumi:Stack")),
    ("    ~ kubernetes:apps/v1:Deployment: (update)", LineMark("step", "update", "kubernetes:apps/v1:Deployment")),
    ("    - aws:s3/bucket:Bucket: (delete)", LineMark("step", "delete", "aws:s3/bucket:Bucket")),
    ("    +-aws:ec2/instance:Instance: (replace)", LineMark("step", "replace", "aws:ec2/instance:Instance")),
    ("    ++aws:ec2/instance:Instance: (create-replacement)", LineMark("step", "replace", "aws:ec2/instance:Instance")),
    ("    --aws:ec2/instance:Instance: (delete-replaced)", LineMark("step", "replace", "aws:ec2/instance:Instance")),
    ("~ pulumi:pulumi:Stack: (refresh)", LineMark("step", "refresh", "pulumi:pulumi:Stack")),
    ("    = aws:s3/bucket:Bucket: (import)", LineMark("step", "import", "aws:s3/bucket:Bucket")),
    (" -  aws:s3:Bucket logs deleting (0s)", LineMark("step", "delete", "aws:s3:Bucket")),
    (" +  kubernetes:core/v1:Service web created (1.2s)", LineMark("step", "create", "kubernetes:core/v1:Service")),
    (" ~  aws:s3:Bucket logs refreshing (0s)", LineMark("step", "refresh", "aws:s3:Bucket")),
    (" +  aws:s3:Bucket logs **creating failed** error: no", LineMark("error", "create", "aws:s3:Bucket")),
    ("    [urn=urn:pulumi:dev::infra::pulumi:pulumi:Stack::infra-dev]", LineMark("detail")),
    ("error: the stack is currently locked by 1 lock(s).", LineMark("error")),
    ("    error: update failed", LineMark("error")),
    ("panic: runtime error", LineMark("error")),
    ("warning: Attempting to deploy", LineMark("warning")),
    ("Warning: Pulumi.yaml: root-level", LineMark("warning")),
    ("Resources:", LineMark("summary")),
    ("    + 1 created", LineMark("summary", "create", count=1)),
    ("    ~ 12 to update", LineMark("summary", "update", count=12)),
    ("    +-3 replaced", LineMark("summary", "replace", count=3)),
    ("    1 unchanged", LineMark("summary", "same", count=1)),
    ("Duration: 1s", LineMark("summary")),
    ("    --outputs:--", LineMark("outputs")),
    (
        "View Live: https://app.pulumi.com/a/b/c/updates/7",
        LineMark("link", what="https://app.pulumi.com/a/b/c/updates/7"),
    ),
    ("", TEXT),
    ("I say 1 created", TEXT),
    ("an error: here", TEXT),
    ("[/x] is not markup", TEXT),
]


@pytest.mark.parametrize(("text", "found"), LINES)
def test_each_line_of_pulumi_is_known_for_what_it_is(text: str, found: LineMark) -> None:
    assert mark(text) == found


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("Updating (dev):", "up"),
        ("Previewing update (dev):", "preview"),
        ("Previewing destroy (dev):", "preview"),
        ("Destroying (dev):", "destroy"),
        ("Refreshing (dev):", "refresh"),
        ("Updating everything", ""),
    ],
)
def test_a_title_names_its_operation(text: str, which: str) -> None:
    assert operation(text) == which
