"""The server's commands, as Django finds them; `zhengguan server` runs them by the names of server/cli.py."""
