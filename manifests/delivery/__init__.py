"""How files get into a cluster: Applications and ApplicationSets deliver them, Kustomize changes them."""
