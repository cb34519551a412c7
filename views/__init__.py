"""What both front ends show and neither owns: columns, filters, field paths and the shapes of JSON."""
