package dev.entrepot.cli;

import dev.entrepot.archive.LayoutWriter;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.stock.Awaited;
import dev.entrepot.stock.Exporting;
import dev.entrepot.stock.Stock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Carries images out of the cache. */
@Command(
    name = "export",
    description =
        "Write cached images as an OCI image layout, in their exact bytes and under their full names."
            + " The blobs are read in the cache's directory, also while a server runs.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  entrepot cache export nginx:1.29 ghcr.io/acme/app:2.0 --output images.tar",
      "  entrepot cache export nginx:1.29 --output layout/",
      "  entrepot cache export nginx:1.29 --output - | ssh far entrepot cache import -"
    })
final class ExportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @Mixin private StockOptions where = new StockOptions();

  @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "The images.")
  private List<String> images = List.of();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE|DIR",
      description =
          "A tar file; a directory if one is there or the name ends in /; - is standard output, as"
              + " tar.")
  private String output = "";

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description = "Only this one of an image for many platforms; default: all that are cached.")
  private @Nullable String platform;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    List<ImageReference> wanted = images.stream().map(ImageWords::image).distinct().toList();
    Optional<Platform> only = Optional.ofNullable(platform).map(ImageWords::platform);
    try (var _ = new QuietLog();
        OpenStock opened = OpenStock.open(configuration.load().settings(), where, err())) {
      return export(opened.stock(), wanted, only);
    }
  }

  private int export(Stock stock, List<ImageReference> wanted, Optional<Platform> only)
      throws IOException {
    Path directory = Path.of(Awaited.of(stock.totals()).directory());
    Exporting exporting = new Exporting(directory, only);
    for (ImageReference image : wanted) {
      exporting.add(image, Awaited.of(stock.show(image)));
    }
    exporting.missing().forEach(left -> err().println("left out, not cached: " + left));
    AtomicLong bytes = new AtomicLong();
    AtomicLong count = new AtomicLong();
    try (LayoutWriter writer = writer();
        ProgressLine progress = new ProgressLine(err(), "export")) {
      exporting.write(
          writer,
          blob ->
              progress.at(
                  bytes.addAndGet(blob.size()),
                  exporting.bytes(),
                  count.incrementAndGet(),
                  exporting.count()));
    }
    err()
        .printf(
            "exported %d images, %d blobs, %s%n",
            wanted.size(), exporting.count(), Sizes.of(exporting.bytes()));
    return 0;
  }

  private LayoutWriter writer() throws IOException {
    if (output.equals("-")) {
      return LayoutWriter.tar(System.out);
    }
    Path path = Path.of(output);
    return output.endsWith("/") || Files.isDirectory(path)
        ? LayoutWriter.directory(path)
        : LayoutWriter.tar(path);
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
