"""The collection and review server: takes submissions from paired stations, shows them to reviewers, tells students."""
