"""The command line, behind `nemo_sdk.__main__`; needs the extra `cli`."""
