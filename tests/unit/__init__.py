"""Tests of pure code: no server, no file, no clock."""
