package dev.entrepot.stock;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An image and all it is made of.
 *
 * @param tags that point at it, in its repository
 */
public record ImageTree(
    String image, List<String> tags, boolean pinned, @Nullable String usedLast, Node root) {

  public ImageTree {
    tags = List.copyOf(tags);
  }

  /**
   * One manifest or blob.
   *
   * @param kind index, image, config or layer
   * @param platform of an image that an index lists
   * @param children what it refers to; of a manifest that is not stored nothing is known
   */
  public record Node(
      String kind,
      String digest,
      String mediaType,
      long size,
      @Nullable String platform,
      boolean stored,
      List<Node> children) {

    public Node {
      children = List.copyOf(children);
    }

    /** Whether it and all it needs are stored; an index needs one of its images. */
    public boolean isWhole() {
      return stored
          && (kind.equals(INDEX)
              ? children.stream().anyMatch(Node::isWhole)
              : children.stream().allMatch(Node::isWhole));
    }

    /** It and all beneath it, what refers before what is referred to. */
    public Stream<Node> all() {
      return Stream.concat(Stream.of(this), children.stream().flatMap(Node::all));
    }

    /** Like {@link #all}, without the images of an index that are not whole. */
    public Stream<Node> usable() {
      return Stream.concat(
          Stream.of(this),
          children.stream()
              .filter(child -> !kind.equals(INDEX) || child.isWhole())
              .flatMap(Node::usable));
    }
  }

  /** The kind of a manifest that lists others. */
  public static final String INDEX = "index";
}
