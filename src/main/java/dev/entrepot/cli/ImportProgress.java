package dev.entrepot.cli;

import dev.entrepot.stock.Importing;
import java.io.PrintWriter;

/** How far an import is: first all is read and verified, then stored. */
final class ImportProgress implements Importing.Listener, AutoCloseable {

  private final ProgressLine verifying;
  private final ProgressLine storing;
  private long verified;
  private long stored;
  private long blobs;

  ImportProgress(PrintWriter err) {
    this.verifying = new ProgressLine(err, "verify");
    this.storing = new ProgressLine(err, "import");
  }

  @Override
  public synchronized void verified(int bytes) {
    verified += bytes;
    verifying.reading(verified);
  }

  @Override
  public synchronized void stored(long count, long bytes) {
    verifying.close();
    blobs += count;
    stored += bytes;
    storing.at(stored, verified, blobs, blobs);
  }

  @Override
  public void close() {
    verifying.close();
    storing.close();
  }
}
