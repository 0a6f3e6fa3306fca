from __future__ import annotations

FLAGS = (
    "--model-path",
    "--served-model-name",
    "--host",
    "--port",
    "--context-length",
    "--enable-metrics",
    "--device",
    "--stub-option",
)


class ServerArgs:
    @staticmethod
    def add_cli_args(parser):
        for flag in FLAGS:
            parser.add_argument(flag)
