"""Tables, JSON, YAML, CSV and log lines onto stdout; progress onto stderr."""
