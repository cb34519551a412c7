"""The logs of Stacks: found, read, redacted and merged, and explained where there is none. Start at `read_logs`."""
