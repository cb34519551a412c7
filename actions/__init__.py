"""What we may change in a cluster: each kind of change, and the one workflow that carries it out.

Nothing here decides by itself: a front end asks for a plan, shows it, asks a person, and has it carried out.
From the top: `registry` (every kind of change, a line each), `checks` (those of health checks), `workflow` (plan,
send, prove, follow up), `runner` (sends requests), `record` (what was done), `plan` (values).
"""
