"""The play: three servers, and the stories that unfold on them."""
