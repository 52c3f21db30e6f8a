"""The public conformance kit: toys of every schema, and checks of everything that can be registered."""
