"""The whole of copytaster in one command: broker, topics, worker, the seeds, and what arrives on the wires."""

from streams.demo.play import run

__all__ = ["run"]
