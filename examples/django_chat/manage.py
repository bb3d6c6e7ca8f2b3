#!/usr/bin/env python3
"""Django's command line, for this project."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # The project is a package: what imports it is the folder around.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_chat.settings")
    execute_from_command_line(sys.argv)
