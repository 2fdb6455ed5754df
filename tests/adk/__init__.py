"""The emulator's stream and the library, held against the real ADK API server."""
