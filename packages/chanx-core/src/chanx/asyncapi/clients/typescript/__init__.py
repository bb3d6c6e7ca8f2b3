"""Clients in TypeScript, or in JavaScript with declarations."""
