"""What answers earn and cost: decisions, prices, accruals."""
