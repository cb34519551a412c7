"""What we may change: plans that can be read before they are sent, the one runner that sends them, and its record.

Nothing here decides by itself: a front end asks for a plan, shows it, asks a person, and hands it over.
"""
