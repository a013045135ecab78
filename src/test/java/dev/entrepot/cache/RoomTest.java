package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.CacheSettings;
import dev.entrepot.testing.MutableClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;
import reactor.test.scheduler.VirtualTimeScheduler;

class RoomTest {

  private static final int SIZE = 1_000_000;

  @TempDir private Path path;
  private final DiskThreads threads = new DiskThreads();
  private Room room;

  @BeforeEach
  void open() {
    CacheProperties properties =
        CacheSettings.in(path).maxSize(DataSize.ofBytes(SIZE)).properties();
    Volume disk = new LocalVolume(path);
    CacheDirectory directory = CacheDirectory.open(path, disk);
    Tuning tuning =
        CacheUnderTest.tuning(UnpooledByteBufAllocator.DEFAULT, VirtualTimeScheduler.create());
    MutableClock clock = MutableClock.create();
    Meters meters = new Meters(new SimpleMeterRegistry());
    DiskHealth health = new DiskHealth(directory, disk, threads, tuning, clock);
    Blobs blobs =
        new Blobs(directory, disk, threads, clock, meters, tuning, IndexFile.Known.NOTHING);
    RecordsFactory records = new RecordsFactory(directory, disk, health, threads, meters);
    Links links = new Links(directory, records);
    Tags tags = new Tags(directory, records);
    Images images = new Images(blobs, disk);
    Repositories repositories = new Repositories(directory, links, tags);
    Pins pins = new Pins(directory, records, repositories, tags, images, threads, clock);
    room =
        new Room(
            properties,
            directory,
            disk,
            new Eviction(blobs, images, pins),
            health,
            () -> 0,
            meters);
  }

  @AfterEach
  void close() {
    threads.close();
  }

  @Test
  void whatIsReservedTwiceIsThereOnce() {
    // Given
    Room.Reservation first = room.reserve();
    Room.Reservation second = room.reserve();

    // When
    boolean some = first.growTo(SIZE / 2 + 1);
    boolean tooMuch = second.growTo(SIZE / 2);
    boolean theRest = second.growTo(SIZE / 2 - 1);

    // Then
    assertThat(some).isTrue();
    assertThat(tooMuch).isFalse();
    assertThat(theRest).isTrue();
  }

  /** Bytes may still be on their way into a fill that has just been given up. */
  @Test
  void whatHasEndedTakesNoRoomAnyMore() {
    // Given
    Room.Reservation ended = room.reserve();
    ended.growTo(SIZE / 2);
    ended.end();

    // When
    boolean grown = ended.growTo(SIZE);
    ended.wrote(SIZE / 2);
    ended.end();

    // Then
    assertThat(grown).isFalse();
    assertThat(room.reserve().growTo(SIZE)).isTrue();
  }
}
