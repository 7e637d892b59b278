"""The control schema, step by step; `env.py` is Alembic's entry, `versions/` holds one numbered file a step."""
