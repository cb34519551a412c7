"""pulumi's lines are recognised by their form, in both of its displays; what isn't recognised is text."""

from __future__ import annotations

import pytest

from stacks.pulumilog import TEXT, Mark, mark, operation

LINES = [
    ("Updating (dev):", Mark("title", what="dev")),
    ("Previewing update (acme/dev)", Mark("title", what="acme/dev")),
    ("  pulumi:pulumi:Stack: (same)", Mark("step", "same", "pulumi:pulumi:Stack")),
    ("+ pulumi:pulumi:Stack: (create)", Mark("step", "create", "pulumi:pulumi:Stack")),
    ("    ~ kubernetes:apps/v1:Deployment: (update)", Mark("step", "update", "kubernetes:apps/v1:Deployment")),
    ("    - aws:s3/bucket:Bucket: (delete)", Mark("step", "delete", "aws:s3/bucket:Bucket")),
    ("    +-aws:ec2/instance:Instance: (replace)", Mark("step", "replace", "aws:ec2/instance:Instance")),
    ("    ++aws:ec2/instance:Instance: (create-replacement)", Mark("step", "replace", "aws:ec2/instance:Instance")),
    ("    --aws:ec2/instance:Instance: (delete-replaced)", Mark("step", "replace", "aws:ec2/instance:Instance")),
    ("~ pulumi:pulumi:Stack: (refresh)", Mark("step", "refresh", "pulumi:pulumi:Stack")),
    ("    = aws:s3/bucket:Bucket: (import)", Mark("step", "import", "aws:s3/bucket:Bucket")),
    (" -  aws:s3:Bucket logs deleting (0s)", Mark("step", "delete", "aws:s3:Bucket")),
    (" +  kubernetes:core/v1:Service web created (1.2s)", Mark("step", "create", "kubernetes:core/v1:Service")),
    (" ~  aws:s3:Bucket logs refreshing (0s)", Mark("step", "refresh", "aws:s3:Bucket")),
    (" +  aws:s3:Bucket logs **creating failed** error: no", Mark("error", "create", "aws:s3:Bucket")),
    ("    [urn=urn:pulumi:dev::infra::pulumi:pulumi:Stack::infra-dev]", Mark("detail")),
    ("error: the stack is currently locked by 1 lock(s).", Mark("error")),
    ("    error: update failed", Mark("error")),
    ("panic: runtime error", Mark("error")),
    ("warning: Attempting to deploy", Mark("warning")),
    ("Warning: Pulumi.yaml: root-level", Mark("warning")),
    ("Resources:", Mark("summary")),
    ("    + 1 created", Mark("summary", "create", count=1)),
    ("    ~ 12 to update", Mark("summary", "update", count=12)),
    ("    +-3 replaced", Mark("summary", "replace", count=3)),
    ("    1 unchanged", Mark("summary", "same", count=1)),
    ("Duration: 1s", Mark("summary")),
    ("    --outputs:--", Mark("outputs")),
    ("View Live: https://app.pulumi.com/a/b/c/updates/7", Mark("link", what="https://app.pulumi.com/a/b/c/updates/7")),
    ("", TEXT),
    ("I say 1 created", TEXT),
    ("an error: here", TEXT),
    ("[/x] is not markup", TEXT),
]


@pytest.mark.parametrize(("text", "found"), LINES)
def test_each_line_of_pulumi_is_known_for_what_it_is(text: str, found: Mark) -> None:
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
