"""The simulation: three servers, and the stories of the Stacks on them."""
