package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.AbstractList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FillPlanTest {

  private static final long MEBIBYTE = 1024 * 1024;
  private static final long SIZE = 12 * MEBIBYTE;
  private static final int LANDED = 1000;

  private final FilledMemory file = new FilledMemory(LANDED);
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final FillPlan plan =
      new FillPlan(
          new FetchPolicy(CacheProperties.Fill.BLOB, 3, 4 * MEBIBYTE, MEBIBYTE, 2 * MEBIBYTE, 11),
          file.filled());
  private final Request first =
      new Request(
          file,
          new FillPlan.Part(0, MEBIBYTE, FillPlan.Purpose.WHOLE),
          new Buffers(allocator),
          new RequestShare(16, 64 * 1024));

  @BeforeEach
  void knowTheLength() {
    plan.lengthIs(OptionalLong.of(SIZE));
  }

  @AfterEach
  void giveBack() {
    first.fail(new IllegalStateException("the test is over"));
  }

  @Test
  void helpersBeginWhereTheFirstRequestStopsThoughItLandsBytesMeanwhile() {
    // When
    var helper = plan.forWhole(new LandingOnceLookedAt());

    // Then
    assertThat(helper).contains(new FillPlan.Part(MEBIBYTE, 2 * MEBIBYTE, FillPlan.Purpose.HELP));
  }

  @Test
  void aReaderGetsNoRequestForBytesThatLandMeanwhile() {
    // When
    var own = plan.forReader(new LandingOnceLookedAt(), 0, SIZE);

    // Then
    assertThat(own).isEmpty();
  }

  @Test
  void aReaderFarAheadGetsARequest() {
    // When
    var own = plan.forReader(List.of(first), 5 * MEBIBYTE, 6 * MEBIBYTE);

    // Then
    assertThat(own)
        .contains(new FillPlan.Part(5 * MEBIBYTE, 6 * MEBIBYTE, FillPlan.Purpose.READER));
  }

  @Test
  void aSourceWithoutRangesIsAskedForNothingMoreWhileItSends() {
    // When
    plan.hasNoRanges(List.of(first));

    // Then
    assertThat(first.stop()).isEqualTo(SIZE);
    assertThat(plan.forWhole(List.of(first))).isEmpty();
    assertThat(plan.forReader(List.of(first), 5 * MEBIBYTE, SIZE)).isEmpty();
    assertThat(plan.forWhole(List.of()))
        .contains(new FillPlan.Part(0, SIZE, FillPlan.Purpose.WHOLE));
  }

  /** The requests under way, of which one lands bytes just when it is looked at. */
  private final class LandingOnceLookedAt extends AbstractList<Request> {

    private boolean hasLanded;

    @Override
    public Request get(int index) {
      if (!hasLanded) {
        hasLanded = true;
        ByteBuf bytes = Unpooled.wrappedBuffer(new byte[LANDED]);
        first.take(bytes);
        bytes.release();
      }
      return first;
    }

    @Override
    public int size() {
      return 1;
    }
  }
}
