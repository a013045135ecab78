package dev.entrepot.cache;

import io.netty.channel.DefaultFileRegion;
import java.util.function.Consumer;

/** A part of an open file, which it keeps open until it has been sent. */
final class FileSlice extends DefaultFileRegion {

  private final OpenFile file;
  private final Consumer<OpenFile> giveBack;

  FileSlice(OpenFile file, long position, long count, Consumer<OpenFile> giveBack) {
    super(file.channel(), position, count);
    this.file = file;
    this.giveBack = giveBack;
  }

  /** Others use the file, too: it is not closed here. */
  @Override
  protected void deallocate() {
    giveBack.accept(file);
  }
}
