"""The screens of Argo CDs and their health checks: the table, an Argo CD's page, diff, preview and snippet."""
