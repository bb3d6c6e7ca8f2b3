"""chanx for Django: consumers under channels' routing, settings, authentication and views."""
