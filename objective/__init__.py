"""Tasks with fixed answers, and the engine that runs local models. It meets the rest in rows, never in imports."""
