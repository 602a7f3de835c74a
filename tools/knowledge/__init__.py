"""The facts that the knowledge base is built from; not needed at run time."""
