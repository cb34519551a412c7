"""The command line: one file for each verb.

stdout is data, stderr is talk, exit codes are promises. Nothing here imports Textual.
"""
