"""The clerk's pages: campaigns, rosters and students."""
