package dev.entrepot.cli;

import dev.entrepot.check.Finding;
import dev.entrepot.check.ImageCheck;
import dev.entrepot.check.ListenerCheck;
import dev.entrepot.check.UpstreamCheck;
import dev.entrepot.cli.SettingsLoader.LoadedSettings;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.pull.Upstreams;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClients;
import dev.entrepot.upstream.UpstreamProperties;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

/** Looks for what is wrong before a pull finds it. */
@Command(
    name = "check",
    description =
        "The doctor: validate the configuration, mint every configured credential, reach every"
            + " upstream, dial the own TLS listener as containerd would. What plugins and helpers give"
            + " for a pattern needs --image. Ends with 0 only if all is well.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

  private static final Map<Finding.Result, String> MARKS =
      Map.of(Finding.Result.OK, "✓", Finding.Result.NOTE, "!", Finding.Result.FAILED, "✗");

  @Spec private CommandSpec spec;

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @Option(
      names = "--image",
      paramLabel = "REF",
      description =
          "Follow one image end to end instead of asking every upstream: which upstream, credential"
              + " and rule it uses, its manifest and its first layer, past the cache.")
  private @Nullable String image;

  @Option(names = "--no-listener", description = "Leave out the listener, which need not run yet.")
  private boolean noListener;

  @Option(names = "--json", description = "Print one JSON document for machines.")
  private boolean json;

  private final List<Finding> findings = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  CheckCommand() {}

  @Override
  public Integer call() {
    Optional<ImageReference> wanted = Optional.ofNullable(image).map(CheckCommand::understood);
    try (var _ = new QuietLog()) {
      LoadedSettings loaded = configuration.load();
      found(sound(loaded));
      Server.refuseExposure(loaded.settings());
      found(Finding.ok("exposure", "no stranger can pull with our credentials"));
      examine(loaded.settings(), wanted);
    } catch (ConfigurationException e) {
      found(Finding.failed("configuration", String.valueOf(e.getMessage())));
    }
    boolean well = findings.stream().noneMatch(one -> one.result() == Finding.Result.FAILED);
    if (json) {
      out().println(document(well));
    }
    return well ? 0 : 1;
  }

  private static ImageReference understood(String image) {
    try {
      return ImageReference.parse(image);
    } catch (RegistryException e) {
      throw new UsageException("--image: " + e.explanation());
    }
  }

  private void examine(Settings settings, Optional<ImageReference> wanted) {
    try (RegistryClients clients = clients(settings)) {
      Upstreams upstreams = Upstreams.of(settings.pulls(), clients);
      if (wanted.isEmpty()) {
        List<UpstreamProperties> builtin = new ArrayList<>(settings.allUpstreams());
        builtin.removeAll(settings.upstreams());
        await(
            new UpstreamCheck(upstreams, System.getenv()).findings(settings.upstreams(), builtin));
      } else {
        await(new ImageCheck(upstreams).findings(wanted.get()));
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ConfigurationException(Failures.sentence(e), e);
    }
    if (!noListener) {
      found(new ListenerCheck(settings.listen(), settings.tls()).finding());
    }
  }

  private static RegistryClients clients(Settings settings) {
    return new RegistryClients(
        settings.allUpstreams(),
        settings.timeouts(),
        EgressProxy.from(System.getenv()),
        InstantSource.system(),
        Meters.unread());
  }

  private void await(Flux<Finding> checks) {
    checks.doOnNext(this::found).then().toFuture().join();
  }

  private static Finding sound(LoadedSettings loaded) {
    Settings settings = loaded.settings();
    int own = settings.upstreams().size();
    return Finding.ok(
        "configuration",
        "%s: %d upstreams of its own, %d built in"
            .formatted(
                loaded.file().map(Object::toString).orElse("no file, so the defaults"),
                own,
                settings.allUpstreams().size() - own));
  }

  private void found(Finding finding) {
    findings.add(finding);
    if (!json) {
      out()
          .printf("%s %-13s %s%n", MARKS.get(finding.result()), finding.check(), finding.message());
      out().flush();
    }
  }

  private String document(boolean well) {
    List<Map<String, String>> lines =
        findings.stream()
            .map(
                finding -> {
                  Map<String, String> line = new LinkedHashMap<>();
                  line.put("check", finding.check());
                  line.put("result", finding.result().name().toLowerCase(Locale.ROOT));
                  line.put("message", finding.message());
                  return line;
                })
            .toList();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("ok", well);
    document.put("findings", lines);
    return JsonMapper.builder().build().writeValueAsString(document);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
