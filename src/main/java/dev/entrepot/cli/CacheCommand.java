package dev.entrepot.cli;

import dev.entrepot.cache.Purge;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.stock.Awaited;
import dev.entrepot.stock.PurgeTarget;
import dev.entrepot.stock.Stock;
import dev.entrepot.stock.StockException;
import dev.entrepot.stock.StockedImage;
import dev.entrepot.stock.Totals;
import dev.entrepot.stock.VerifyReport;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Looks after the cache. */
@Command(
    name = "cache",
    description =
        "Look after the cache, through the admin API of a running server or in a stopped one's"
            + " directory.",
    subcommands = {ExportCommand.class, ImportCommand.class},
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  entrepot cache ls",
      "  entrepot cache purge ghcr.io/acme/app:1.0",
      "  entrepot cache export nginx:1.29 --output nginx.tar"
    })
final class CacheCommand implements Runnable {

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the field in
  CacheCommand() {}

  @Override
  public void run() {
    throw new UsageException(
        "say which: cache ls, show, purge, pin, unpin, verify, export or import");
  }

  @Command(
      name = "ls",
      description = "List the images, with what of them is stored.",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin ConfigurationOptions configuration,
      @Mixin StockOptions where,
      @Option(names = "--json", description = "Print one JSON document for machines.")
          boolean json) {
    return with(
        configuration,
        where,
        stock -> {
          List<StockedImage> images = Awaited.of(stock.images().collectList());
          Totals totals = Awaited.of(stock.totals());
          if (json) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("images", images);
            document.put("totals", totals);
            print(document);
          } else {
            Shown.images(images, totals, out());
          }
          return 0;
        });
  }

  @Command(
      name = "show",
      description = "Show what an image is made of, or who needs a digest's content.",
      mixinStandardHelpOptions = true)
  int show(
      @Mixin ConfigurationOptions configuration,
      @Mixin StockOptions where,
      @Parameters(paramLabel = "IMAGE|DIGEST", description = "An image, or sha256:….") String what,
      @Option(names = "--json", description = "Print one JSON document for machines.")
          boolean json) {
    Optional<Digest> digest = ImageWords.digest(what);
    ImageReference image = digest.isPresent() ? null : ImageWords.image(what);
    return with(
        configuration,
        where,
        stock -> {
          if (image == null) {
            var use = Awaited.of(stock.show(digest.orElseThrow()));
            if (json) {
              print(use);
            } else {
              Shown.use(use, out());
            }
          } else {
            var tree = Awaited.of(stock.show(image));
            if (json) {
              print(tree);
            } else {
              Shown.tree(tree, out());
            }
          }
          return 0;
        });
  }

  @Command(
      name = "purge",
      description =
          "Take content away, without asking. A name with a tag or digest is an image, one without"
              + " is a whole repository, a bare digest is that content in every repository. What"
              + " other images need stays, and so does what is pinned.",
      mixinStandardHelpOptions = true)
  int purge(
      @Mixin ConfigurationOptions configuration,
      @Mixin StockOptions where,
      @Parameters(
              paramLabel = "IMAGE|REPOSITORY|DIGEST",
              arity = "0..1",
              description = "What to take away.")
          @Nullable String what,
      @Option(names = "--all", description = "Everything that is not pinned.") boolean all,
      @Option(names = "--dry-run", description = "Only say what would be taken away.")
          boolean rehearsal) {
    if (all == (what != null)) {
      throw new UsageException("say what to purge: an image, a repository, a digest, or --all");
    }
    PurgeTarget target = what == null ? new PurgeTarget.Everything() : ImageWords.target(what);
    return with(
        configuration,
        where,
        stock -> {
          Purge.Purged purged = Awaited.of(stock.purge(target, rehearsal));
          out()
              .printf(
                  "%s %s in %d blobs and %d links%n",
                  rehearsal ? "would free" : "freed",
                  Sizes.of(purged.bytes()),
                  purged.blobs(),
                  purged.links());
          if (purged.keptForPins() > 0) {
            out().printf("kept %d pinned manifests; unpin them first%n", purged.keptForPins());
          }
          return 0;
        });
  }

  @Command(
      name = "pin",
      description = "Never evict this image, nor what it points to once its tag moves.",
      mixinStandardHelpOptions = true)
  int pin(
      @Mixin ConfigurationOptions configuration,
      @Mixin StockOptions where,
      @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "The images.")
          List<String> images) {
    List<ImageReference> wanted = images.stream().map(ImageWords::image).toList();
    return with(
        configuration,
        where,
        stock -> {
          for (ImageReference image : wanted) {
            Awaited.of(stock.pin(image).thenReturn(true));
            out().println("pinned " + image);
          }
          return 0;
        });
  }

  @Command(
      name = "unpin",
      description = "Leave this image to eviction again.",
      mixinStandardHelpOptions = true)
  int unpin(
      @Mixin ConfigurationOptions configuration,
      @Mixin StockOptions where,
      @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "The images.")
          List<String> images) {
    List<ImageReference> wanted = images.stream().map(ImageWords::image).toList();
    return with(
        configuration,
        where,
        stock -> {
          for (ImageReference image : wanted) {
            if (!Awaited.of(stock.unpin(image))) {
              throw new StockException(image + " is not pinned");
            }
            out().println("unpinned " + image);
          }
          return 0;
        });
  }

  @Command(
      name = "verify",
      description =
          "Read what is stored again and drop what is not what its digest says, so that the next"
              + " pull fetches it anew. Ends with 1 if anything was damaged.",
      mixinStandardHelpOptions = true)
  int verify(
      @Mixin ConfigurationOptions configuration,
      @Mixin StockOptions where,
      @Parameters(paramLabel = "IMAGE", arity = "0..1", description = "Only what this image needs.")
          @Nullable String what,
      @Option(names = "--json", description = "Print one JSON document for machines.")
          boolean json) {
    Optional<ImageReference> image = Optional.ofNullable(what).map(ImageWords::image);
    return with(
        configuration,
        where,
        stock -> {
          VerifyReport report = verified(stock, image);
          if (json) {
            print(report);
          } else {
            report.damaged().forEach(digest -> out().println("✗ " + digest + " was damaged"));
            out()
                .printf(
                    "verified %d blobs, %s: %d damaged and dropped%n",
                    report.count(), Sizes.of(report.bytes()), report.damaged().size());
          }
          if (report.count() < report.countTotal()) {
            throw new StockException(
                "only %d of %d blobs were verified: the server ended before it was through"
                    .formatted(report.count(), report.countTotal()));
          }
          return report.damaged().isEmpty() ? 0 : 1;
        });
  }

  private VerifyReport verified(Stock stock, Optional<ImageReference> image) {
    try (ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), "verify")) {
      return Awaited.of(
          stock
              .verify(image)
              .doOnNext(
                  report ->
                      progress.at(
                          report.bytes(), report.bytesTotal(), report.count(), report.countTotal()))
              .last(new VerifyReport(0, 0, 0, 0, List.of())));
    }
  }

  /** What a command does with the stock; the result is its exit code. */
  private interface Work {
    int on(Stock stock);
  }

  private int with(ConfigurationOptions configuration, StockOptions where, Work work) {
    try (var _ = new QuietLog();
        OpenStock opened =
            OpenStock.open(configuration.load().settings(), where, spec.commandLine().getErr())) {
      return work.on(opened.stock());
    }
  }

  private void print(Object document) {
    out().println(JsonMapper.shared().writeValueAsString(document));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
