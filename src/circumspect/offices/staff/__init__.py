"""Staff: who they are, how they sign in, and which policy version they have signed."""
