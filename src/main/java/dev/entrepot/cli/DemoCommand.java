package dev.entrepot.cli;

import dev.entrepot.demo.DemoClient;
import dev.entrepot.demo.DemoRegistry;
import dev.entrepot.tls.ServedCertificate;
import dev.entrepot.web.RegistryListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the whole story on one machine without a network. */
@Command(
    name = "demo",
    description =
        "Show the whole story on one machine, without a network: a private registry that demands a"
            + " token, Entrepot in front of it, one image pulled cold and warm with no credential, and"
            + " another when the token is over.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

  private static final String REGISTRY = "registry.demo";

  @Spec private CommandSpec spec;

  @Option(names = "--once", description = "End when the table has been shown.")
  private boolean once;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:0",
      description = "Where Entrepot listens (default: any free port of 127.0.0.1).")
  private String listen;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  DemoCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("entrepot-demo");
    DemoRegistry registry = new DemoRegistry();
    ConfigurableApplicationContext server = start(registry, directory);
    try {
      show(registry, server);
    } catch (IOException | InterruptedException | RuntimeException e) {
      end(server, registry, directory);
      throw e;
    }
    if (once) {
      end(server, registry, directory);
      return 0;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server, registry, directory)));
    invite(server, directory);
    return EntrepotCommand.KEEPS_RUNNING;
  }

  private ConfigurableApplicationContext start(DemoRegistry registry, Path directory) {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--entrepot.listen=" + listen,
                "--entrepot.admin.listen=127.0.0.1:0",
                "--entrepot.tls.directory=" + directory.resolve("certs"),
                "--entrepot.cache.directory=" + directory.resolve("cache"),
                "--entrepot.upstreams[0].match=" + REGISTRY,
                "--entrepot.upstreams[0].endpoints[0]=" + registry.uri(),
                "--entrepot.upstreams[0].credentials.type=basic",
                "--entrepot.upstreams[0].credentials.username=" + DemoRegistry.USER,
                "--entrepot.upstreams[0].credentials.password=" + registry.password(),
                "--logging.level.dev.entrepot=WARN",
                "--logging.level.entrepot.access=WARN"));
    List<String> own = EntrepotCommand.keyFlags(spec);
    flags.removeIf(flag -> own.stream().anyMatch(word -> word.startsWith(key(flag))));
    flags.addAll(own);
    return Server.start(SettingsLoader.loadDefaults(flags));
  }

  private static String key(String flag) {
    return flag.substring(0, flag.indexOf('=') + 1);
  }

  private void show(DemoRegistry registry, ConfigurableApplicationContext server)
      throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    String image = REGISTRY + "/" + DemoRegistry.REPOSITORY + ":" + DemoRegistry.TAG;
    String mirror = server.getBean(RegistryListener.class).url();
    out.println();
    out.println("A private registry   " + registry.uri() + "  (wants a token, has " + image + ")");
    out.println("Entrepot before it   " + mirror + "  (TLS, knows the registry's password)");
    out.println("A client             trusts Entrepot's CA, has no credential at all");
    out.println();
    String authority = server.getBean(ServedCertificate.class).authority().orElseThrow();
    try (DemoClient client = new DemoClient(URI.create(mirror), REGISTRY, authority)) {
      out.printf(
          "%-8s %16s %11s %18s %7s %13s %7s%n",
          "pull",
          "client requests",
          "MiB pulled",
          "upstream requests",
          "tokens",
          "upstream MiB",
          "ms");
      row("cold", DemoRegistry.TAG, client, registry);
      row("warm", DemoRegistry.TAG, client, registry);
      out.flush();
      registry.awaitEndOfToken();
      row("renewed", DemoRegistry.NEXT_TAG, client, registry);
    }
    out.println();
    out.println("cold     Entrepot gets a token with the password, and everything once");
    out.println("warm     all comes from its cache; the registry is not asked");
    out.printf(
        "renewed  another tag after the token's %d s are over: Entrepot gets the next, unnoticed%n",
        DemoRegistry.TOKEN_LIFE.toSeconds());
    out.println();
    out.flush();
  }

  private void row(String name, String tag, DemoClient client, DemoRegistry registry)
      throws IOException, InterruptedException {
    long requestsBefore = registry.requests();
    long bytesBefore = registry.bytes();
    long tokensBefore = registry.tokens();
    DemoClient.Pull pull = client.pull(DemoRegistry.REPOSITORY, tag);
    spec.commandLine()
        .getOut()
        .printf(
            "%-8s %16d %11.1f %18d %7d %13.1f %7d%n",
            name,
            pull.requests(),
            mebibytes(pull.bytes()),
            registry.requests() - requestsBefore,
            registry.tokens() - tokensBefore,
            mebibytes(registry.bytes() - bytesBefore),
            pull.duration().toMillis());
  }

  private static double mebibytes(long bytes) {
    return bytes / (double) (1 << 20);
  }

  private void invite(ConfigurableApplicationContext server, Path directory) {
    PrintWriter out = spec.commandLine().getOut();
    String mirror = server.getBean(RegistryListener.class).url();
    out.println("Entrepot keeps running (Ctrl-C ends it). Pull yourself, for example:");
    out.printf(
        "  curl --cacert %s/certs/ca.crt %s/v2/%s/%s/manifests/%s%n",
        directory, mirror, REGISTRY, DemoRegistry.REPOSITORY, DemoRegistry.TAG);
    out.println("With a network, the well-known public registries are served too:");
    out.printf(
        "  curl --cacert %s/certs/ca.crt %s/v2/docker.io/library/alpine/manifests/latest%n",
        directory, mirror);
    out.flush();
  }

  private static void end(
      ConfigurableApplicationContext server, DemoRegistry registry, Path directory) {
    server.close();
    registry.close();
    try {
      FileSystemUtils.deleteRecursively(directory);
    } catch (IOException _) {
      // A temporary directory that cannot be removed is the system's to clean.
    }
  }
}
