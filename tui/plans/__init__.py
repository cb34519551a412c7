"""A change on the screen: shown as the requests that will be sent, asked about, and followed to its end."""
