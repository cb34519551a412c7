"""The logs of Stacks: found, read, merged by time, and told with what is missing. Start at `log_session`."""
