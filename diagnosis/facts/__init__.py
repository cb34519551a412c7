"""What a diagnosis is made from: objects as the API server sent them, lines of logs, and why some couldn't be read.

`context_objects` holds what was read of one context, `object_status` is how parts of an object are told with their
place. Causes ask `stack_facts` (a Stack with everything around it), `run_facts` (one run of it), `operator_facts` and
`application_facts`, and `fleet_facts` for what goes over more than one; `quoted_parts` finds the lines that say why.
Nothing is asked of a cluster here: a fact that wasn't read is noted as wanted, and `diagnosis.reading` may read it and
ask again.
"""
