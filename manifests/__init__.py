"""Manifests with Stacks and what surrounds them: reading them with their lines, and the rules that they must hold.

Nothing here touches a network: whoever has objects of a cluster hands them over as documents.
"""
