"""Change values in YAML and leave everything else as it is: comments, quotes, indentation, line ends."""
