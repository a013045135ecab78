package dev.entrepot.cli;

import dev.entrepot.archive.ArchiveException;
import dev.entrepot.archive.ArchivedImage;
import dev.entrepot.archive.CheckedImage;
import dev.entrepot.archive.ImageArchive;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.stock.Importing;
import dev.entrepot.stock.Stock;
import dev.entrepot.stock.StockException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Carries images into the cache. */
@Command(
    name = "import",
    description =
        "Bring images into the cache, as if their registries had just been asked: an OCI image layout"
            + " or what docker save wrote, as directory, tar or compressed tar. Every byte is verified"
            + " first; an image that is damaged is left out whole.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  entrepot cache import images.tar",
      "  entrepot cache import app.tar --as registry.corp:5000/app:1.0 --pin",
      "  docker save nginx:1.29 | entrepot cache import -",
      "",
      "An archive of docker save that holds no index.json has lost the registry's manifests: its",
      "images get new ones, so their digests differ from the registry's."
    })
final class ImportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @Mixin private StockOptions where = new StockOptions();

  @Parameters(
      paramLabel = "FILE|DIR",
      description =
          "The archive; - is standard input. That, and a compressed FILE, are copied unpacked to a"
              + " temporary file first.")
  private String input = "";

  @Option(
      names = "--as",
      paramLabel = "REF",
      description = "What the image is called, where the archive does not name its registry.")
  private @Nullable String as;

  @Option(names = "--pin", description = "Never evict them from then on.")
  private boolean pin;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  ImportCommand() {}

  @Override
  public Integer call() throws IOException {
    Optional<ImageReference> name = Optional.ofNullable(as).map(ImageWords::image);
    try (var _ = new QuietLog();
        ImageArchive archive = opened();
        OpenStock opened = OpenStock.open(configuration.load().settings(), where, err())) {
      return importAll(opened.stock(), archive, name);
    }
  }

  private ImageArchive opened() throws IOException {
    return input.equals("-") ? ImageArchive.read(System.in) : ImageArchive.open(Path.of(input));
  }

  private int importAll(Stock stock, ImageArchive archive, Optional<ImageReference> name)
      throws IOException {
    List<ArchivedImage> images = archive.images();
    if (images.isEmpty()) {
      throw new StockException("the archive holds no image");
    }
    if (name.isPresent() && images.size() > 1) {
      throw new UsageException(
          "--as names one image and the archive holds %d: %s"
              .formatted(
                  images.size(),
                  String.join(", ", images.stream().map(ArchivedImage::label).toList())));
    }
    int failed = 0;
    for (ArchivedImage image : images) {
      List<ImageReference> names = name.map(List::of).orElseGet(image::names);
      failed += importOne(stock, archive, image, names) ? 0 : 1;
    }
    if (archive.hasMadeManifests()) {
      err()
          .println(
              "the archive keeps no manifests, so new ones were made: digests differ from the registry's");
    }
    return failed == 0 ? 0 : 1;
  }

  private boolean importOne(
      Stock stock, ImageArchive archive, ArchivedImage image, List<ImageReference> names)
      throws IOException {
    if (names.isEmpty()) {
      err()
          .printf(
              "✗ %s: the archive does not say which registry it is from; name it with --as%n",
              image.label());
      return false;
    }
    try (ImportProgress progress = new ImportProgress(err())) {
      CheckedImage imported = new Importing(stock, archive, progress).run(image, names, pin);
      progress.close();
      names.forEach(name -> out().printf("✓ %s %s%n", name, image.root().digest()));
      if (!imported.missing().isEmpty()) {
        err()
            .printf(
                "left out, not in the archive: %d other platforms of %s%n",
                imported.missing().size(), image.label());
      }
      return true;
    } catch (ArchiveException | StockException e) {
      err().println("✗ " + image.label() + ": " + e.getMessage());
      return false;
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
