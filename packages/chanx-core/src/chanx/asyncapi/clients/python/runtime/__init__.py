# SPDX-License-Identifier: 0BSD
"""What every client made by chanx has in common."""
