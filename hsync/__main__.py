"""`python -m hsync`."""

from hsync.cli import main

if __name__ == "__main__":
    main()
