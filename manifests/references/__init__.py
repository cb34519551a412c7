"""What Stacks name, and where the repository has it: programs and sources, Secrets, service accounts."""
