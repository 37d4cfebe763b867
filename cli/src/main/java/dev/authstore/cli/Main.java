package dev.authstore.cli;

/** The way in from the operating system. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    System.exit(AuthstoreCommand.commandLine().execute(args));
  }
}
