"""Health checks put into an Argo CD and taken out again: plans, their proof, and the Applications they reach."""
