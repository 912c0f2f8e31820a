"""The server's commands where Django finds them; `zhengguan server` runs them under the names in server/cli.py."""
