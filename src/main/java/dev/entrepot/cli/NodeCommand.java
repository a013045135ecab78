package dev.entrepot.cli;

import dev.entrepot.node.Mirror;
import dev.entrepot.node.MirrorCa;
import dev.entrepot.node.NodeConfigurationException;
import dev.entrepot.node.NodeKind;
import dev.entrepot.node.NodeReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints, installs or removes what a node needs to pull through the mirror. */
@Command(
    name = "node",
    description = "Print, install or remove what a node needs to pull through the mirror.",
    mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {

  private static final String CA = "ca.crt";

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "KIND",
      description = "The kind of node: ${COMPLETION-CANDIDATES}.",
      completionCandidates = Kinds.class)
  private String kind;

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description = "Where the node reaches Entrepot, for example https://127.0.0.1:5443")
  private @Nullable String mirror;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "The authority the node must trust; otherwise ca.crt in entrepot.tls.directory")
  private @Nullable Path ca;

  @Option(names = "--install", description = "Write the files instead of printing them.")
  private boolean install;

  @Option(names = "--uninstall", description = "Remove the files and restore what was there.")
  private boolean uninstall;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      defaultValue = "/",
      description = "The node's file system (default: ${DEFAULT-VALUE}).")
  private Path root;

  @Option(
      names = "--strict",
      description = "Never let the node go around the mirror, not even when it is down.")
  private boolean strict;

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  NodeCommand() {}

  @Override
  public Integer call() {
    if (install && uninstall) {
      throw new UsageException("--install and --uninstall do not go together");
    }
    NodeKind node = understood(() -> NodeKind.named(kind));
    if (uninstall) {
      report(node.uninstall(root));
    } else if (install) {
      report(node.install(mirror(), root));
    } else {
      spec.commandLine().getOut().print(node.render(mirror()));
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private Mirror mirror() {
    if (mirror == null) {
      throw new UsageException(
          "--mirror is missing: where does the node reach Entrepot? For example --mirror"
              + " https://127.0.0.1:5443");
    }
    Optional<MirrorCa> authority = authority();
    String url = mirror;
    return understood(() -> Mirror.parse(url, authority, strict));
  }

  /** A word that means nothing is wrong usage; what goes wrong later is not. */
  private static <T> T understood(Supplier<T> word) {
    try {
      return word.get();
    } catch (NodeConfigurationException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private Optional<MirrorCa> authority() {
    if (ca != null) {
      return Optional.of(MirrorCa.read(ca));
    }
    Path ours = configuration.load().settings().tls().directory().resolve(CA);
    return Files.exists(ours) ? Optional.of(MirrorCa.read(ours)) : Optional.empty();
  }

  private void report(NodeReport report) {
    report.lines().forEach(spec.commandLine().getOut()::println);
  }

  /** The kinds there are, for the help text. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return NodeKind.all().stream().map(NodeKind::name).iterator();
    }
  }
}
