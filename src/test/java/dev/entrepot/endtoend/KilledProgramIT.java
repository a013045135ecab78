package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ImageBlob;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The node loses power while images are on their way. */
@Tag(Proof.TAG)
final class KilledProgramIT {

  private static final int KILLS = Proof.count("deaths", 5, 50);
  private static final String REPOSITORY = "team/app";

  @TempDir private Path directory;

  @Test
  void killedAmidFillsItServesNoWrongByteAndPullsEverythingAgain() {
    var random = new Random(9);
    try (var registry = FakeRegistry.start()) {
      var images = new ArrayList<TestImage>();
      var configuration =
          """
          builtin-upstreams: false
          upstreams:
          - match: registry.test
            endpoints: [%s]
          """
              .formatted(registry.uri());
      for (int kill = 0; kill < KILLS; kill++) {
        // Given
        var image = image(kill, random);
        registry.push(REPOSITORY, image, "v" + kill);

        try (var entrepot = EntrepotProgram.serve(directory, configuration)) {
          pullAll(entrepot, images);

          // When
          fillAndKill(entrepot, registry, image, random);
        }
        images.add(image);
      }

      // Then
      try (var entrepot = EntrepotProgram.serve(directory, configuration)) {
        pullAll(entrepot, images);
        Await.until("no fill to be left", () -> fills() == 0);
        registry.log().clear();
        pullAll(entrepot, images);
        assertThat(registry.requests()).isEmpty();
      }
    }
  }

  private int fills() {
    String[] left = directory.resolve("cache/fills").toFile().list();
    return left == null ? 0 : left.length;
  }

  private static TestImage image(int number, Random random) {
    var recipe = TestImage.recipe(900 + number);
    for (int layer = 0; layer < 3; layer++) {
      recipe.layer(2_000_000 + random.nextInt(4_000_000));
    }
    return recipe.build();
  }

  /**
   * Kills it when every big layer has arrived up to some byte. The last one is let go just before,
   * so that it may be anywhere: still arriving, being verified, or on its way into place.
   */
  private static void fillAndKill(
      EntrepotProgram entrepot, FakeRegistry registry, TestImage image, Random random) {
    var layers = image.layers().subList(1, image.layers().size());
    var gates = new ArrayList<Gate>();
    var arrived = new ArrayList<Integer>();
    for (var layer : layers) {
      var gate = new Gate();
      int position = random.nextInt((int) layer.body().length());
      registry.chaos().when(RequestMatch.get(layer.digest())).once(Fault.holdAt(position, gate));
      gates.add(gate);
      arrived.add(position);
    }
    var clients = new ArrayList<HttpProbe>();
    for (var layer : layers) {
      var pull = new Pull(entrepot.connect(), "registry.test");
      clients.add(pull.begin(REPOSITORY + "/blobs/" + layer.digest()));
    }
    gates.forEach(gate -> gate.awaitArrivals(1));
    for (int client = 0; client < clients.size(); client++) {
      assertPrefix(clients.get(client), layers.get(client), arrived.get(client));
    }
    gates.getLast().open();
    entrepot.process().kill();
    gates.forEach(Gate::open);
    clients.forEach(HttpProbe::close);
  }

  /** What a client has when the program dies is right as far as it goes. */
  private static void assertPrefix(HttpProbe client, ImageBlob layer, int arrived) {
    assertThat(client.readHead().status()).isEqualTo(200);
    int readable = Math.min(arrived / 2, 500_000);
    assertThat(client.read(readable)).isEqualTo(layer.body().bytes(0, readable));
  }

  private static void pullAll(EntrepotProgram entrepot, List<TestImage> images) {
    try (var connection = entrepot.connect()) {
      var pull = new Pull(connection, "registry.test");
      for (int number = 0; number < images.size(); number++) {
        pull.image(REPOSITORY, "v" + number, images.get(number));
      }
    }
  }
}
