"""Why something is as it is: from what the fleet knows to findings, which are values. Nothing is asked here.

`object_findings`: why a page is old, and why phase, health and Application disagree.
`context_findings`: what is wrong with a context.
`argocd_health`: why Argo CD shows another health. `argocd_obstacles`: what gets in the way of a check in an Argo CD.
A new finding is a function in one of these, and a line in the page or verb that shows it; the page of a context shows
all of `context_findings`.
"""
