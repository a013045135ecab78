package dev.entrepot.admin;

import java.util.List;

/**
 * What is to be warmed.
 *
 * @param platforms none: all
 */
record WarmRequest(List<String> images, List<String> platforms, boolean pin) {

  WarmRequest {
    images = List.copyOf(images);
    platforms = List.copyOf(platforms);
  }
}
