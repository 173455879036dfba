"""What the routing steps say in numbers; standard library only."""
