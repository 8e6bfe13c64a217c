"""The local webhook relay: `server` receives, keeps and delivers; `client` is what commands follow it with."""
