"""Smaller tools for Django projects."""
