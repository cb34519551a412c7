"""What is in the logs of a workspace pod and of the operator: lines, runs of Pulumi, and what may be shown of them."""
