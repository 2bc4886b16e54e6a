"""How good a model is, on a window that nothing was fitted or chosen on."""
