package dev.authstore.benchmarks;

/** The rows of the report. */
public enum Operation {
  LOOKUP_USER("user by id") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.lookupUser(accounts.any().user().id());
    }
  },
  FIND_BY_USERNAME("user by name") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.findByUsername(accounts.any().user().username());
    }
  },
  ADD_USER("add user") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.addUser(accounts.newUsername());
    }
  },
  ACTIVE_PASSWORD("active password") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.activePassword(accounts.any().user());
    }
  },
  ADD_BROWSER_SESSION("add browser session") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.addBrowserSession(accounts.any().user(), USER_AGENT);
    }
  },
  LOOKUP_BROWSER_SESSION("browser session with user") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.lookupBrowserSession(accounts.any().browserSessionId());
    }
  },
  LOG_IN("log-in: 3 statements, 1 transaction") {
    @Override
    Object run(Operations side, Accounts accounts) {
      return side.logIn(accounts.any().user().username(), USER_AGENT);
    }
  };

  private static final String USER_AGENT =
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

  private final String title;

  Operation(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  abstract Object run(Operations side, Accounts accounts);
}
