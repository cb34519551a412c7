"""The live picture: feeds from every context onto one board, joined and judged.

Both front ends read it; nothing here draws.
"""
