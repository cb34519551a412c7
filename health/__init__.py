"""Health checks in Lua for Pulumi's kinds, and what runs them as Argo CD would.

The checks stand in Argo CD's own layout, ``<group>/<Kind>/health.lua``. This package touches no
network: it judges objects that others fetched.
"""
