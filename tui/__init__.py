"""The screen: what the fleet knows, drawn. Nothing here talks to a cluster or judges an object."""
