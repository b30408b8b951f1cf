"""Pay periods, calendars, statements and the taxes withheld from them."""
