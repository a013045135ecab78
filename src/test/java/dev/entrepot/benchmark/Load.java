package dev.entrepot.benchmark;

import java.time.Duration;

/** One way to keep a peer busy for a while. */
interface Load {

  /** Loads the peer for about this long, and says how many units were served in a second. */
  double run(Peer peer, Duration time);
}
