package dev.entrepot.credentials.google;

import static dev.entrepot.credentials.google.TestGoogle.PULLER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.auth.oauth2.MockMetadataServerTransport;
import com.google.auth.oauth2.MockStsTransport;
import com.google.auth.oauth2.MockTokenServerTransport;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.MutableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of identity once against the doubles that Google itself tests with. */
class GoogleDoublesTest {

  @TempDir private Path directory;

  @Test
  void aServiceAccountsKey() {
    // Given
    MockTokenServerTransport server = new MockTokenServerTransport();
    server.addServiceAccount(PULLER, "their-token");
    // Then
    assertThat(
            GoogleKey.read(key().getBytes(StandardCharsets.UTF_8))
                .token(() -> server)
                .getTokenValue())
        .isEqualTo("their-token");
  }

  @Test
  void aLogin() {
    // Given
    MockTokenServerTransport server = new MockTokenServerTransport();
    server.addClient("client", "secret");
    server.addRefreshToken("refresh", "their-token");
    String json =
        "{\"type\":\"authorized_user\",\"client_id\":\"client\",\"client_secret\":\"secret\",\"refresh_token\":\"refresh\"}";
    // Then
    assertThat(
            GoogleKey.read(json.getBytes(StandardCharsets.UTF_8))
                .token(() -> server)
                .getTokenValue())
        .isEqualTo("their-token");
  }

  @Test
  void theMetadataServer() {
    // Given
    MockMetadataServerTransport server = new MockMetadataServerTransport();
    server.setAccessToken(GoogleIdentity.SCOPE.toString(), "their-token");
    // Then
    assertThat(new MetadataServer().token(() -> server).getTokenValue()).isEqualTo("their-token");
  }

  @Test
  void anExternalAccount() throws IOException {
    // Given
    MockStsTransport server = new MockStsTransport();
    Path subject = Files.writeString(directory.resolve("subject"), "subject-token");
    String json =
        """
        {"type":"external_account","audience":"//iam/pool","subject_token_type":"urn:ietf:params:oauth:token-type:jwt",
         "token_url":"https://sts.googleapis.com/v1/token","credential_source":{"file":"%s"}}
        """
            .formatted(subject);
    // Then
    assertThat(
            GoogleKey.read(json.getBytes(StandardCharsets.UTF_8))
                .token(() -> server)
                .getTokenValue())
        .isEqualTo(server.getAccessToken());
  }

  private static String key() {
    try (FakeGoogle google = FakeGoogle.start(MutableClock.create())) {
      return google
          .keyOf(PULLER)
          .replace(google.at(FakeGoogle.TOKEN).toString(), "https://oauth2.googleapis.com/token");
    }
  }
}
