package dev.entrepot.cli;

import dev.entrepot.tls.LocalCertificates;
import java.time.InstantSource;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Manages the local authority and the certificates it issues. */
@Command(
    name = "certs",
    description = "Manage the local CA and the server certificate.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(init | show | issue)")
final class CertsCommand implements Runnable {

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the field in
  CertsCommand() {}

  @Override
  public void run() {
    throw new UsageException("say which: certs init, certs show or certs issue NAME");
  }

  @Command(
      name = "init",
      description = "Issue the CA and the server certificate where they are missing or due.",
      mixinStandardHelpOptions = true)
  void init(
      @Mixin ConfigurationOptions configuration,
      @Option(
              names = "--force",
              description = "Replace the CA too. Every node must then be given the new one.")
          boolean force) {
    print(certificates(configuration).init(force));
  }

  @Command(
      name = "show",
      description = "Show the certificates in use: names, validity, fingerprint.",
      mixinStandardHelpOptions = true)
  void show(@Mixin ConfigurationOptions configuration) {
    print(certificates(configuration).show());
  }

  @Command(
      name = "issue",
      description = "Issue a further server certificate, NAME.crt and NAME.key.",
      mixinStandardHelpOptions = true)
  void issue(
      @Mixin ConfigurationOptions configuration,
      @Parameters(
              arity = "1..*",
              paramLabel = "NAME",
              description = "The DNS names and IP addresses it is for.")
          List<String> names) {
    print(certificates(configuration).issue(names));
  }

  private static LocalCertificates certificates(ConfigurationOptions configuration) {
    return new LocalCertificates(configuration.load().settings().tls(), InstantSource.system());
  }

  private void print(List<String> lines) {
    lines.forEach(spec.commandLine().getOut()::println);
  }
}
