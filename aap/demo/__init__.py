"""The demonstration: invented organisations, real quartiers, acts done by the services."""
