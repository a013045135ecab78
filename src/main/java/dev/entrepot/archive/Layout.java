package dev.entrepot.archive;

import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/** How an archive's files make images. */
interface Layout {

  /** The images, in the archive's order. */
  List<ArchivedImage> images();

  /** How large the content is; empty if it is not here. */
  OptionalLong size(Digest digest) throws IOException;

  /** Content that is here; whoever asks closes it. It may be anything. */
  InputStream open(Digest digest) throws IOException;
}
