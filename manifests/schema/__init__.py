"""What fields objects of the Pulumi operator may have, version by version, and what the API server refuses for it.

The tables are written from the operator's and Kubernetes' documentation in a notation of their own (`type_tables.py`);
a test holds them against the operator's CustomResourceDefinitions.
"""
