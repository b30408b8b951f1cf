"""Pages of contractors: offers, the workbench, earnings."""
