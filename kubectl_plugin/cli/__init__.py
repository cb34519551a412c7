"""What all verbs share: the registry of verbs, the parser, flags, chosen contexts, exit codes, the frame of changes."""
