"""Manifests as clusters hold them: read as rules look at them, checked, and looked at again while a screen shows it."""
