"""The log of one container as one stream, whatever becomes of connections, containers and pods."""
