"""Stand-ins for Jellyfin, Emby and Plex on the loopback interface, which answer as those servers do.

shelf.py says what they hold, documents.py holds each request and each answer against the API documents that
the servers' makers published. A test that uses one skips without those documents, except in CI.
"""
