"""What every service needs to run: settings, database, errors, interceptors, server, jobs. No domain word here."""
