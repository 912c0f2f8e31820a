"""The collection and review server: receives submissions from paired stations, and shows them to reviewers and
students."""
