"""Following objects: list and watch, taken up again after every failure, in all namespaces or in those one may read."""
