"""One scorer a kind of answer, all behind one interface."""
