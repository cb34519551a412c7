"""The Stack that examples of rules begin with: its last field is one of `spec`, so that more may follow."""

from __future__ import annotations

STACK_EXAMPLE = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""
