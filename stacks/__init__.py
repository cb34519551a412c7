"""What the objects of PKO and Argo CD mean: typed records, and pure functions on them.

Nothing here talks to a cluster, awaits or reads the clock; whoever asks passes `now`.
"""
