"""One numbered file a step; a landed file is never changed again."""
