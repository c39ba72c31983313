"""``python -m trustmeter.cli``."""

from trustmeter.cli import app

if __name__ == "__main__":
    app()
