package dev.authstore.cli;

import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command without a subcommand. */
@Command(
    name = "authstore",
    description = "Storage of an authentication service on PostgreSQL.",
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class,
    subcommands = {
      ConfigCommand.class,
      DatabaseCommand.class,
      MigrateCommand.class,
      DemoCommand.class,
      QueueCommand.class,
      AutoComplete.GenerateCompletion.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:called or configured wrongly",
      "3:migrations are pending",
      "4:the schema is not one that this program can work with",
      "5:the database cannot be reached",
      "6:another process migrates",
      "7:a migration failed",
      "8:the database does not let us in, or does not let us do it"
    })
final class AuthstoreCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  static CommandLine commandLine() {
    return new CommandLine(new AuthstoreCommand())
        .setExpandAtFiles(false)
        .setExecutionExceptionHandler(AuthstoreCommand::failed)
        .setParameterExceptionHandler(AuthstoreCommand::misused);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  // Runtime exceptions only: commands declare no others.
  private static int failed(Exception failure, CommandLine command, ParseResult arguments) {
    command.getErr().println("authstore: " + Failures.message(failure));
    command.getErr().flush();
    return Failures.exitCode(failure);
  }

  private static int misused(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    command
        .getErr()
        .printf(
            "authstore: %s; see %s --help%n",
            problem(failure), command.getCommandSpec().qualifiedName());
    command.getErr().flush();
    return Failures.USAGE;
  }

  /** Names options, never values: one of them may be a connection target. */
  private static String problem(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched)) {
      return Failures.oneLine(failure.getMessage());
    }
    String options =
        unmatched.getUnmatched().stream()
            .filter(argument -> argument.startsWith("-"))
            .map(argument -> argument.replaceFirst("=.*", ""))
            .collect(Collectors.joining(", "));
    return options.isEmpty() ? "an argument too many" : "unknown option " + options;
  }

  /** The version that the build has written into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = AuthstoreCommand.class.getPackage().getImplementationVersion();
      return new String[] {"authstore " + (version == null ? "(not packaged)" : version)};
    }
  }
}
