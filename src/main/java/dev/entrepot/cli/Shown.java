package dev.entrepot.cli;

import dev.entrepot.stock.ContentUse;
import dev.entrepot.stock.ImageTree;
import dev.entrepot.stock.StockedImage;
import dev.entrepot.stock.Totals;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the cache holds, as a person reads it. */
final class Shown {

  private static final int SHORT = "sha256:".length() + 12;

  private Shown() {}

  static void images(List<StockedImage> images, Totals totals, PrintWriter out) {
    Table table = new Table().row("IMAGE", "DIGEST", "SIZE", "LAST USE", "PINNED");
    Instant now = Instant.now();
    for (StockedImage image : images) {
      table.row(
          image.image(),
          brief(image.digest()),
          Sizes.of(image.bytes()),
          ago(image.lastUse(), now),
          image.pinned() ? "pinned" : "");
    }
    table.print(out);
    out.printf(
        "%d images, %d blobs, %s, of which %s pinned%n",
        images.size(), totals.count(), Sizes.of(totals.bytes()), Sizes.of(totals.pinnedBytes()));
  }

  static void tree(ImageTree tree, PrintWriter out) {
    out.println(tree.image() + (tree.pinned() ? " (pinned)" : ""));
    if (!tree.tags().isEmpty()) {
      out.println("tags: " + String.join(", ", tree.tags()));
    }
    Table table = new Table();
    add(tree.root(), "", table);
    table.print(out);
  }

  private static void add(ImageTree.Node node, String indent, Table table) {
    String platform = node.platform();
    table.row(
        indent + node.kind() + (platform == null ? "" : " " + platform),
        indent.isEmpty() ? node.digest() : brief(node.digest()),
        Sizes.of(node.size()),
        node.stored() ? "cached" : "missing");
    node.children().forEach(child -> add(child, indent + "  ", table));
  }

  static void use(ContentUse use, PrintWriter out) {
    out.printf(
        "%s %s, %s%n", use.digest(), Sizes.of(use.size()), use.stored() ? "cached" : "missing");
    use.repositories().forEach(repository -> out.println("  served from " + repository));
    use.images().forEach(image -> out.println("  needed by " + image));
  }

  private static String brief(String digest) {
    return digest.substring(0, Math.min(SHORT, digest.length()));
  }

  private static String ago(@Nullable Instant time, Instant now) {
    if (time == null) {
      return "";
    }
    Duration age = Duration.between(time, now);
    if (age.toMinutes() < 1) {
      return "now";
    }
    return age.toHours() < 1
        ? age.toMinutes() + " min ago"
        : age.toDays() < 1 ? age.toHours() + " h ago" : age.toDays() + " d ago";
  }
}
