"""The version of this package, which is also the platform's."""

VERSION = "0.1.0"
