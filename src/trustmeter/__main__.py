"""``python -m trustmeter``."""

from trustmeter.cli import app

if __name__ == "__main__":
    app()
