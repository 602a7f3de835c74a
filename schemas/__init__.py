"""The contract: every record copytaster reads or writes, as frozen pydantic models that import nothing of ours."""
