"""The harness itself: it serves the operators' kinds, knows two users, and comes back on its port."""

from __future__ import annotations

import urllib.error

import pytest

from e2e.control_plane import VIEWER, ControlPlane


def test_the_operators_kinds_are_served(plane: ControlPlane) -> None:
    for path in ("pulumi.com/v1/stacks", "auto.pulumi.com/v1alpha1/updates", "argoproj.io/v1alpha1/applications"):
        assert plane.request("GET", f"/apis/{path}")["items"] is not None


def test_a_killed_server_comes_back_on_its_port_with_all_it_had(plane: ControlPlane) -> None:
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "survivor"}})
    plane.stop(at_once=True)
    with pytest.raises((OSError, urllib.error.URLError)):
        plane.request("GET", "/readyz")
    url = plane.url
    plane.start()
    assert plane.url == url
    assert plane.request("GET", "/api/v1/namespaces/survivor")["metadata"]["name"] == "survivor"


def test_the_viewer_is_nobody_until_somebody_lets_them_in(plane: ControlPlane) -> None:
    body = {
        "spec": {
            "user": "viewer",
            "resourceAttributes": {"verb": "list", "group": "pulumi.com", "resource": "stacks"},
        }
    }
    review = plane.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    assert review["status"]["allowed"] is False
    assert VIEWER in (plane.directory / "tokens.csv").read_text()
