"""What a Stack is doing: the rules that decide it, when PKO tries again, and how an update ended."""
