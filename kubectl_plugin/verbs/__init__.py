"""A module for each verb, named as the verb is; `kubectl_plugin.cli.registry` lists them and says what one needs."""
