"""The processes of the stack on this machine: started together, watched, drained together."""
