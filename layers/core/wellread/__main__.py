"""`python -m wellread`: the same as the `wellread` command."""

from wellread.local.cli import main

if __name__ == "__main__":
    main()
