"""What all records share: their base class, metadata, conditions and owner references.

A record holds just the fields of an object that are read, by the names of the CRDs in snake case. Nothing is required
but a name: an object that lacks a field, or that an older operator wrote, is an object all the same. Secret-bearing
fields (`envRefs`, `secrets`, `config`, the workspace template, `last-applied-configuration`) aren't decoded at all, so
they can't be shown by mistake.
"""

from __future__ import annotations

import msgspec

from stacks.records.cleaner import cleaner


class Struct(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """The common form: immutable, and outside the garbage collector's rounds (records hold no cycles)."""


REQUEST = "pulumi.com/reconciliation-request"
"""the annotation whose new value asks for a run"""


class StackAnnotations(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The annotations that mean something to us."""

    reconciliation_request: str | None = msgspec.field(name=REQUEST, default=None)
    tracking_id: str = msgspec.field(name="argocd.argoproj.io/tracking-id", default="")


class OwnerReference(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class ObjectMetadata(Struct, frozen=True):
    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: StackAnnotations | None = None
    finalizers: list[str] | None = None


class OwnedMetadata(ObjectMetadata, frozen=True):
    """Metadata with owners, for the kinds where they are asked for."""

    owner_references: list[OwnerReference] | None = None


class Condition(Struct, frozen=True):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str = ""


class OwnerOnly(Struct, frozen=True):
    """Just enough of an object to see who owns it."""

    metadata: OwnedMetadata


def controller_of(metadata: OwnedMetadata) -> tuple[str, str, str]:
    """Kind, name and uid of the owner that controls an object; empty if none does."""
    for owner in metadata.owner_references or ():
        if owner.controller:
            return owner.kind, owner.name, owner.uid
    return "", "", ""


tidy_owner_only = cleaner(OwnerOnly)
