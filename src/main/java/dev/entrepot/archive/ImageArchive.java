package dev.entrepot.archive;

import dev.entrepot.oci.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;

/**
 * An archive of images, open for reading. Every method may block and fails with an {@link
 * ArchiveException} if the archive is not what it should be.
 */
public final class ImageArchive implements AutoCloseable {

  private final ArchiveFiles files;
  private final Layout layout;
  private final Optional<Path> spooled;

  private ImageArchive(ArchiveFiles files, Layout layout, Optional<Path> spooled) {
    this.files = files;
    this.layout = layout;
    this.spooled = spooled;
  }

  /** Opens a directory, a tar, or a compressed tar. */
  public static ImageArchive open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return over(new DirectoryFiles(path), Optional.empty());
    }
    if (!Files.isReadable(path)) {
      throw new ArchiveException(
          "tried to read %s but there is no such readable file or directory".formatted(path));
    }
    try (InputStream stream = Files.newInputStream(path)) {
      if (Gzip.isGzip(stream.readNBytes(2))) {
        try (InputStream whole = Files.newInputStream(path)) {
          return read(whole);
        }
      }
    }
    return over(TarFiles.open(path), Optional.empty());
  }

  /** Reads a tar or a compressed tar to its end, into a temporary file. */
  public static ImageArchive read(InputStream stream) throws IOException {
    return read(stream, Files.createTempFile("entrepot-import", ".tar"));
  }

  /**
   * The same.
   *
   * @param spool the temporary file, which is deleted in the end
   */
  static ImageArchive read(InputStream stream, Path spool) throws IOException {
    spool.toFile().deleteOnExit();
    try {
      copy(stream, spool);
      return over(TarFiles.open(spool), Optional.of(spool));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(spool);
      throw e;
    }
  }

  private static void copy(InputStream stream, Path spool) {
    try {
      BufferedInputStream buffered = new BufferedInputStream(stream, 1 << 16);
      buffered.mark(2);
      boolean isGzip = Gzip.isGzip(buffered.readNBytes(2));
      buffered.reset();
      InputStream plain = isGzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
      // Into the file that was made for us alone: a replaced one might be anybody's to read.
      try (OutputStream copy = Files.newOutputStream(spool)) {
        plain.transferTo(copy);
      }
    } catch (IOException e) {
      throw new ArchiveException(
          "tried to copy the archive, unpacked, to the temporary %s but %s"
              .formatted(spool, e.getMessage()),
          e);
    }
  }

  private static ImageArchive over(ArchiveFiles files, Optional<Path> spooled) throws IOException {
    try {
      return new ImageArchive(files, layout(files), spooled);
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private static Layout layout(ArchiveFiles files) throws IOException {
    if (files.size(OciLayout.INDEX).isPresent()) {
      return OciLayout.read(files);
    }
    if (files.size(DockerSave.INDEX).isPresent()) {
      return DockerSave.read(files);
    }
    throw new ArchiveException(
        "this is no image archive: it has neither index.json, as an OCI image layout, nor"
            + " manifest.json, as docker save writes it");
  }

  /** The images, in the archive's order. */
  public List<ArchivedImage> images() {
    return layout.images();
  }

  /** Whether the images' manifests were made here because the archive has none. */
  public boolean hasMadeManifests() {
    return layout instanceof DockerSave;
  }

  /**
   * Reads all that the archive holds of an image, and fails if a byte of it is wrong.
   *
   * @param progress is told how many bytes were read
   */
  public CheckedImage check(ArchivedImage image, LongConsumer progress) throws IOException {
    return new ImageCheck(layout, image, progress).checked();
  }

  /** Content that a {@link #check} has found; whoever asks closes it. */
  public InputStream open(Digest digest) throws IOException {
    return layout.open(digest);
  }

  @Override
  public void close() throws IOException {
    files.close();
    if (spooled.isPresent()) {
      Files.deleteIfExists(spooled.get());
    }
  }
}
