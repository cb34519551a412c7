"""Widgets and text that know no cluster and no Stack."""
