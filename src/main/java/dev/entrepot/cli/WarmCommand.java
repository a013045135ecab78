package dev.entrepot.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.entrepot.cli.SettingsLoader.LoadedSettings;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.pull.WarmReport;
import dev.entrepot.stock.Awaited;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** Pulls images into the cache before anybody asks for them. */
@Command(
    name = "warm",
    description =
        "Pull images into the cache, through a running server or without one. Rules and credentials"
            + " are those of any pull. Ends with 1 if an image failed; the others are pulled all the"
            + " same.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  entrepot warm nginx:1.29 ghcr.io/acme/app:2.0",
      "  entrepot warm --platform linux/amd64 --platform linux/arm64 --pin registry.k8s.io/pause:3.10",
      "  entrepot warm --file images.txt --platform all"
    })
final class WarmCommand implements Callable<Integer> {

  private static final String ALL = "all";

  @Spec private CommandSpec spec;

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @Mixin private StockOptions where = new StockOptions();

  @Parameters(paramLabel = "IMAGE", arity = "0..*", description = "The images.")
  private List<String> images = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "LIST",
      description = "A file with one image a line, # begins a comment; - is standard input.")
  private @Nullable String file;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description =
          "Of an image for many platforms, which to pull; more than once for several, `all` for"
              + " every one. Default: linux on this machine's architecture.")
  private List<String> platforms = new ArrayList<>();

  @Option(names = "--pin", description = "Never evict them from then on.")
  private boolean pin;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  WarmCommand() {}

  @Override
  public Integer call() throws IOException {
    Set<ImageReference> wanted = new LinkedHashSet<>();
    for (String word : words()) {
      wanted.add(ImageWords.image(word));
    }
    if (wanted.isEmpty()) {
      throw new UsageException("say which images, or where they are listed with --file");
    }
    List<Platform> chosen = chosen();
    try (var _ = new QuietLog()) {
      LoadedSettings loaded = configuration.load();
      try (OpenStock stock = OpenStock.open(loaded.settings(), where, err())) {
        return warm(stock, List.copyOf(wanted), chosen);
      }
    }
  }

  private int warm(OpenStock stock, List<ImageReference> wanted, List<Platform> chosen) {
    Map<String, WarmReport> latest = new LinkedHashMap<>();
    try (ProgressLine progress = new ProgressLine(err(), "warm")) {
      Awaited.of(
          stock
              .warm(wanted, chosen, pin)
              .doOnNext(report -> tell(report, latest, progress))
              .then(Mono.just(true)));
    }
    long done =
        latest.values().stream().filter(one -> one.state() == WarmReport.State.DONE).count();
    if (done < wanted.size()) {
      err().printf("%d of %d images are in the cache%n", done, wanted.size());
    }
    return done == wanted.size() ? 0 : 1;
  }

  private void tell(WarmReport report, Map<String, WarmReport> latest, ProgressLine progress) {
    latest.put(report.image(), report);
    switch (report.state()) {
      case UNDER_WAY -> draw(latest.values(), progress);
      case DONE -> {
        progress.close();
        spec.commandLine()
            .getOut()
            .printf(
                "✓ %s %s, %d blobs, %s, of which %s fetched%n",
                report.image(),
                report.digest(),
                report.blobs(),
                Sizes.of(report.bytes()),
                Sizes.of(report.fetched()));
      }
      case FAILED -> progress.say("✗ " + report.image() + ": " + report.problem());
    }
  }

  private static void draw(Collection<WarmReport> reports, ProgressLine progress) {
    long bytes = 0;
    long bytesTotal = 0;
    long blobs = 0;
    long blobsTotal = 0;
    for (WarmReport report : reports) {
      bytes += report.bytes();
      bytesTotal += report.bytesTotal();
      blobs += report.blobs();
      blobsTotal += report.blobsTotal();
    }
    progress.at(bytes, bytesTotal, blobs, blobsTotal);
  }

  private List<String> words() throws IOException {
    List<String> words = new ArrayList<>(images);
    if (file != null) {
      lines(file).stream()
          .map(line -> line.replaceFirst("(^|\\s)#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .forEach(words::add);
    }
    return words;
  }

  private static List<String> lines(String name) throws IOException {
    if (name.equals("-")) {
      return new BufferedReader(new InputStreamReader(System.in, UTF_8)).readAllLines();
    }
    Path path = Path.of(name);
    if (!Files.isReadable(path)) {
      throw new UsageException("--file: there is no readable file " + name);
    }
    return Files.readAllLines(path);
  }

  /** None means all. */
  private List<Platform> chosen() {
    if (platforms.contains(ALL)) {
      return List.of();
    }
    return Optional.of(platforms.stream().map(ImageWords::platform).toList())
        .filter(list -> !list.isEmpty())
        .orElseGet(() -> List.of(Platform.ofThisMachine()));
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
