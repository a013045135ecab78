package dev.entrepot.stock;

import java.util.List;

/**
 * One piece of content and who needs it.
 *
 * @param size in bytes; 0 if it is not known
 * @param repositories that may serve it
 * @param images that need it
 */
public record ContentUse(
    String digest, long size, boolean stored, List<String> repositories, List<String> images) {

  public ContentUse {
    repositories = List.copyOf(repositories);
    images = List.copyOf(images);
  }
}
