"""Long runs that no suite waits for: hundreds of thousands of keys, and half an hour of a board under faults."""
