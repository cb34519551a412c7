"""What a diagnosis is made from: objects as the API server sent them, lines of logs, and why some couldn't be read.

`context_objects` holds what was read of one context. `operator_facts` and `stack_facts` are what causes ask: the state
of the operator, and a Stack with everything around it. Nothing is asked of a cluster here: a fact that wasn't read is
noted as wanted, and `diagnosis.reading` may read it and ask again.
"""
