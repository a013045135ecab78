package dev.entrepot.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.stock.Totals;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeServer;
import dev.entrepot.testing.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdminClientTest {

  @TempDir private Path directory;

  @Test
  void readsPresentTheKeyToo() throws Exception {
    // Given
    Files.writeString(directory.resolve("admin-key"), "the key\n");
    String totals = "{\"directory\":\"/x\",\"bytes\":1,\"count\":4,\"pinnedBytes\":0}";
    try (FakeServer server = FakeServer.start(_ -> Reply.json(200, totals));
        AdminClient client = new AdminClient(server.uri(), directory)) {
      // When
      Totals answered = client.totals().block(Await.DEADLINE);

      // Then
      assertThat(answered).isNotNull();
      assertThat(server.log().all())
          .singleElement()
          .satisfies(request -> assertThat(request.header(AdminKey.HEADER)).contains("the key"));
    }
  }
}
