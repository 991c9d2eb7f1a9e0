"""The console: static files for the browser, which use nothing but the public REST API."""
