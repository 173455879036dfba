"""What happens when something was heard: load, decide, tell, save."""
