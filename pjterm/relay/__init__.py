"""The local webhook relay: `server` receives, stores and delivers; commands follow it with `client`."""
