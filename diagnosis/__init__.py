"""Why a Stack isn't progressing."""
