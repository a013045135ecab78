package dev.entrepot.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The program as a person meets it on the command line. */
@Command(
    name = "entrepot",
    description = "An authenticating pull-through proxy for OCI registries.",
    subcommands = {
      ServeCommand.class,
      DemoCommand.class,
      CheckCommand.class,
      NodeCommand.class,
      CertsCommand.class,
      WarmCommand.class,
      CacheCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    footer = {
      "",
      "Without a command, `serve` is meant. `entrepot COMMAND --help` tells more.",
      "`entrepot serve --defaults` prints every setting with its default."
    })
public final class EntrepotCommand implements Runnable {

  /** Not an exit code: a server was started and the JVM lives as long as it does. */
  public static final int KEEPS_RUNNING = -1;

  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final int HELP_WIDTH = 100;
  private static final Set<String> ANSWERED_HERE = Set.of("--help", "-h", "--version", "-V");

  private final List<String> keyFlags;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the field in
  private EntrepotCommand(List<String> keyFlags) {
    this.keyFlags = keyFlags;
  }

  /** Runs the command line and returns the exit code, or {@link #KEEPS_RUNNING}. */
  public static int run(String... arguments) {
    return run(utf8(System.out), utf8(System.err), arguments);
  }

  private static PrintWriter utf8(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    Map<Boolean, List<String>> words =
        Arrays.stream(arguments).collect(Collectors.partitioningBy(EntrepotCommand::isKeyFlag));
    CommandLine commandLine =
        new CommandLine(new EntrepotCommand(words.getOrDefault(true, List.of())))
            .setOut(out)
            .setErr(err)
            .setUsageHelpWidth(HELP_WIDTH)
            .setExecutionExceptionHandler(EntrepotCommand::explain);
    return commandLine.execute(
        withCommand(commandLine, words.getOrDefault(false, List.of())).toArray(String[]::new));
  }

  /** Keys of the configuration may stand anywhere on the command line, for every command. */
  private static boolean isKeyFlag(String word) {
    return (word.startsWith("--entrepot.") || word.startsWith("--logging.")) && word.contains("=");
  }

  /** The configuration keys that were given as flags. */
  static List<String> keyFlags(CommandSpec command) {
    return ((EntrepotCommand) command.root().userObject()).keyFlags;
  }

  private static List<String> withCommand(CommandLine commandLine, List<String> words) {
    boolean named =
        words.stream()
            .anyMatch(
                word ->
                    ANSWERED_HERE.contains(word) || commandLine.getSubcommands().containsKey(word));
    boolean mistaken = !words.isEmpty() && !words.getFirst().startsWith("-");
    if (named || mistaken) {
      return words;
    }
    List<String> serving = new ArrayList<>(List.of("serve"));
    serving.addAll(words);
    return serving;
  }

  private static int explain(Exception error, CommandLine command, ParseResult parsed) {
    command.getErr().println("entrepot: " + Failures.sentence(error));
    if (Failures.isUnexpected(error)) {
      error.printStackTrace(command.getErr());
    }
    return error instanceof UsageException ? WRONG_USAGE : FAILED;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
