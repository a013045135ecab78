package dev.entrepot.testing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An incompressible blob of any size whose bytes are a function of (seed, offset), so none of it is
 * stored.
 */
public final class TestBlob implements Body {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long seed;
  private final long length;
  private @Nullable String digest;

  private TestBlob(long seed, long length) {
    this.seed = seed;
    this.length = length;
  }

  /** The blob of this length that belongs to the seed. */
  public static TestBlob of(long seed, long length) {
    return new TestBlob(seed, length);
  }

  @Override
  public long length() {
    return length;
  }

  /** Its {@code sha256:…} digest, computed once. */
  public synchronized String digest() {
    var known = digest;
    if (known == null) {
      known = Hashing.digest(this);
      digest = known;
    }
    return known;
  }

  @Override
  public byte[] bytes(long offset, int count) {
    long firstWord = offset >>> 3;
    int lead = (int) (offset & 7);
    var words = new byte[(lead + count + 7) & ~7];
    for (int at = 0; at < words.length; at += 8) {
      LONGS.set(words, at, mix(firstWord + (at >>> 3)));
    }
    return lead == 0 && words.length == count
        ? words
        : Arrays.copyOfRange(words, lead, lead + count);
  }

  private long mix(long word) {
    // The finalizer of SplitMix64: every input bit reaches every output bit, so gzip gains nothing.
    long mixed = (seed + 1) * 0x9e3779b97f4a7c15L + word * 0xd1342543de82ef95L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
