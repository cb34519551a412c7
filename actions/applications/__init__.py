"""Fixes of an Argo CD Application, by its own fields: Argo CD's controller does what they ask for."""
