package dev.entrepot.archive;

import dev.entrepot.manifest.Manifest;
import dev.entrepot.manifest.ManifestException;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;

/** Reads everything of one image and holds it against its digests. */
final class ImageCheck {

  private final Layout layout;
  private final ArchivedImage image;
  private final LongConsumer progress;
  private final Map<Digest, Descriptor> contents = new LinkedHashMap<>();
  private final Map<Descriptor, Boolean> whole = new HashMap<>();
  private final Set<Descriptor> missing = new LinkedHashSet<>();

  ImageCheck(Layout layout, ArchivedImage image, LongConsumer progress) {
    this.layout = layout;
    this.image = image;
    this.progress = progress;
  }

  CheckedImage checked() throws IOException {
    if (!isWhole(image.root(), 0)) {
      throw refused("the archive holds no platform of it whole");
    }
    take(image.root());
    return new CheckedImage(image, List.copyOf(contents.values()), List.copyOf(missing));
  }

  /** Whether what is needed is here, by its names only; an index needs one of its images. */
  private boolean isWhole(Descriptor descriptor, int depth) throws IOException {
    Boolean known = whole.get(descriptor);
    if (known == null) {
      known = isFoundWhole(descriptor, depth);
      whole.put(descriptor, known);
    }
    return known;
  }

  private boolean isFoundWhole(Descriptor descriptor, int depth) throws IOException {
    if (layout.size(descriptor.digest()).isEmpty()) {
      if (depth == 0) {
        throw refused("the archive lacks blob " + descriptor.digest());
      }
      return false;
    }
    if (!Manifest.isManifest(descriptor.mediaType())) {
      return true;
    }
    if (depth > Manifest.DEEPEST) {
      throw refused("its indexes are nested too deep");
    }
    return switch (manifest(descriptor)) {
      case Manifest.Index index -> {
        boolean any = false;
        for (Manifest.Child child : index.children()) {
          boolean whole = isWhole(child.descriptor(), depth + 1);
          any |= whole;
          if (!whole) {
            missing.add(child.descriptor());
          }
        }
        yield any;
      }
      case Manifest.Image single -> {
        for (Descriptor part : single.references()) {
          if (layout.size(part.digest()).isEmpty()) {
            if (depth == 0) {
              throw refused("the archive lacks blob " + part.digest());
            }
            yield false;
          }
        }
        yield true;
      }
    };
  }

  private void take(Descriptor descriptor) throws IOException {
    if (missing.contains(descriptor)) {
      return;
    }
    refuseOtherSize(descriptor, layout.size(descriptor.digest()).orElse(0));
    if (contents.containsKey(descriptor.digest())) {
      return;
    }
    verify(descriptor);
    contents.put(descriptor.digest(), descriptor);
    if (Manifest.isManifest(descriptor.mediaType())) {
      for (Descriptor part : manifest(descriptor).references()) {
        take(part);
      }
    }
  }

  private void verify(Descriptor descriptor) throws IOException {
    Digest digest = descriptor.digest();
    Hashing hashing = new Hashing(digest.newHash());
    long size;
    try (InputStream stream = layout.open(digest)) {
      size = hashing.readAll(stream, progress);
    } catch (IOException e) {
      throw new ArchiveException(
          "tried to import %s but blob %s cannot be read from the archive: %s"
              .formatted(image.label(), digest, e.getMessage()),
          e);
    }
    if (!digest.matches(hashing.hash())) {
      throw refused("its blob %s is damaged".formatted(digest));
    }
    refuseOtherSize(descriptor, size);
  }

  private void refuseOtherSize(Descriptor descriptor, long size) {
    if (size != descriptor.size()) {
      throw refused(
          "its blob %s has %d bytes where %d are announced"
              .formatted(descriptor.digest(), size, descriptor.size()));
    }
  }

  private Manifest manifest(Descriptor descriptor) throws IOException {
    OptionalLong size = layout.size(descriptor.digest());
    SmallFile.refuseLarge(descriptor.digest().toString(), size.orElse(0));
    try (InputStream stream = layout.open(descriptor.digest())) {
      byte[] bytes = stream.readNBytes((int) size.orElse(0));
      if (!descriptor.digest().matches(bytes)) {
        throw refused("its blob %s is damaged".formatted(descriptor.digest()));
      }
      if (Manifest.mediaType(bytes)
          .filter(own -> !own.equals(descriptor.mediaType()))
          .isPresent()) {
        throw refused(
            "its manifest %s is not the %s it is announced as"
                .formatted(descriptor.digest(), descriptor.mediaType()));
      }
      return Manifest.parse(bytes);
    } catch (ManifestException e) {
      throw refused(
          "its manifest %s cannot be read: %s".formatted(descriptor.digest(), e.getMessage()));
    }
  }

  private ArchiveException refused(String reason) {
    return new ArchiveException("tried to import %s but %s".formatted(image.label(), reason));
  }
}
