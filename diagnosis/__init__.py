"""Why something is as it is: from what is known to findings, which are values.

Why Stacks and Applications are stuck: `facts` (objects as they were sent, and what they mean together), `causes` and
the `catalogue` of them, `explain` (all causes of a Stack, in order), `fleet_causes` (the same over many), `reading`
(what is asked of clusters and files; nothing else asks anything), `troubleshooting` (the page that is written from it).
Beside that, findings of what is on the screen already, where nothing is asked:
`object_findings`: why a page is old, and why phase, health and Application disagree.
`context_findings`: what is wrong with a context.
`argocd_health`: why Argo CD shows another health. `argocd_obstacles`: what gets in the way of a check in an Argo CD.
A new one is a function in one of these, and a line in the page or verb that shows it; the page of a context shows
all of `context_findings`.
"""
