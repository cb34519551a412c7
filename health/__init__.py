"""Health checks in Lua for Pulumi's kinds (``<group>/<Kind>/health.lua``), and what runs them as Argo CD would."""
