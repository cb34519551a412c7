"""``logs``: what the workspace pods of Stacks print, over all chosen contexts."""
