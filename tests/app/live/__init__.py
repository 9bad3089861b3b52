"""Tests of the live arena with scripted endpoints behind the real server."""
