"""Argo CD as it stands in a cluster: its instances, their settings, and what a change of those would do."""
