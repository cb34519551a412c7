"""Why something is as it is: from what the fleet knows to findings, which are values. Nothing is asked here."""
