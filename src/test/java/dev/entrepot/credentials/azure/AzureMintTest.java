package dev.entrepot.credentials.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.Azure;
import dev.entrepot.credentials.Minted;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.FakeEntra;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

/** Who we are to Entra, how its token is asked for, and what is said when there is none. */
class AzureMintTest {

  private static final RepositoryAddress REPOSITORY = at("contoso.azurecr.io");
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String CLIENT = "0000-client";
  private static final String CANARY = "canary-5e1c";

  private final MutableClock clock = MutableClock.create();
  private final FakeEntra entra =
      FakeEntra.start(clock)
          .allowSecret(CLIENT, CANARY)
          .allowAssertion(CLIENT, CANARY + "-assertion")
          .allowManaged("")
          .allowManaged(CLIENT)
          .identityHeader(CANARY + "-header");
  private final Map<String, String> environment = new HashMap<>();

  @TempDir private Path directory;
  private Path secret = Path.of("");
  private Path token = Path.of("");

  @BeforeEach
  void writeFiles() throws IOException {
    secret = Files.writeString(directory.resolve("secret"), CANARY + "\n");
    token = Files.writeString(directory.resolve("token"), CANARY + "-assertion\n");
  }

  @AfterEach
  void close() {
    entra.close();
  }

  @Test
  void aServicePrincipalShowsItsSecret() {
    // When
    Minted<Credential> minted = servicePrincipal().mint(REPOSITORY);
    // Then
    assertThat(minted.value())
        .asInstanceOf(InstanceOfAssertFactories.type(Credential.EntraToken.class))
        .satisfies(
            made -> {
              assertThat(entra.knows(made.token().reveal())).isTrue();
              assertThat(made.tenant()).contains(FakeEntra.TENANT);
              assertThat(made.expiresAt()).contains(clock.instant().plus(Duration.ofHours(1)));
            });
    assertThat(asked().formField("client_secret")).contains(CANARY);
  }

  @Test
  void aWorkloadIsTakenFromItsEnvironment() throws IOException {
    // Given
    asWorkload();
    AzureMint mint = mint(settings(null, null, null, null));
    mint.mint(REPOSITORY);
    // When
    Files.writeString(token, "next-assertion");
    entra.allowAssertion(CLIENT, "next-assertion");
    clock.advance(Duration.ofSeconds(2));
    look(mint);
    mint.mint(REPOSITORY);
    // Then
    assertThat(asked().formField("client_assertion")).contains("next-assertion");
    assertThat(asked().formField("client_secret")).isEmpty();
  }

  @Test
  void settingsWinOverTheEnvironment() {
    // Given
    asWorkload();
    environment.put("AZURE_CLIENT_ID", "another");
    environment.put("AZURE_TENANT_ID", "another");
    // When
    mint(settings(FakeEntra.TENANT, CLIENT, null, token)).mint(REPOSITORY);
    // Then
    assertThat(asked().formField("client_id")).contains(CLIENT);
    assertThat(asked().path()).startsWith("/" + FakeEntra.TENANT + "/");
  }

  @ParameterizedTest
  @CsvSource({"'',''", "0000-client,0000-client"})
  void aMachineIsAskedForItsIdentity(String client, String expected) {
    // Given
    environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.uri().toString());
    // When
    Minted<Credential> minted =
        mint(settings(null, client.isEmpty() ? null : client, null, null)).mint(REPOSITORY);
    // Then
    assertThat(minted.value().expiresAt()).contains(clock.instant().plus(Duration.ofHours(1)));
    assertThat(asked().header("Metadata")).contains("true");
    assertThat(asked().parameter("client_id").orElse("")).isEqualTo(expected);
  }

  @Test
  void aWorkloadWithoutATenantIsNoneAndTheMachineIsAsked() {
    // Given
    asWorkload();
    environment.remove("AZURE_TENANT_ID");
    environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.uri().toString());
    // When
    mint(settings(null, null, null, null)).mint(REPOSITORY);
    // Then
    assertThat(asked().path()).isEqualTo("/metadata/identity/oauth2/token");
  }

  @Test
  void aServiceIsAskedWhereItsPlatformSays() {
    // Given
    environment.put("IDENTITY_ENDPOINT", entra.uri().resolve("/msi/token").toString());
    environment.put("IDENTITY_HEADER", CANARY + "-header");
    // When
    Minted<Credential> minted = mint(settings(null, null, null, null)).mint(REPOSITORY);
    // Then
    assertThat(minted.value().expiresAt()).contains(clock.instant().plus(Duration.ofHours(1)));
  }

  @ParameterizedTest
  @CsvSource({"40,35", "1440,1296", "8,4"})
  void aTokenIsRenewedWellBeforeItsEnd(int life, int renewed) {
    // Given
    entra.living(Duration.ofMinutes(life));
    // When
    Minted<Credential> minted = servicePrincipal().mint(REPOSITORY);
    // Then
    assertThat(minted.renewAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(renewed)));
  }

  @Test
  void anotherSecretIsAnotherKey() throws IOException {
    // Given
    AzureMint mint = servicePrincipal();
    String before = mint.keyFor(REPOSITORY);
    // When
    Files.writeString(secret, "rotated");
    clock.advance(Duration.ofSeconds(2));
    look(mint);
    // Then
    assertThat(mint.keyFor(REPOSITORY)).isNotEqualTo(before).doesNotContain("rotated");
    assertThat(mint.keyFor(at("other.azurecr.io"))).isEqualTo(mint.keyFor(REPOSITORY));
  }

  @ParameterizedTest
  @CsvSource({
    "contoso.azurecr.io,https://login.microsoftonline.com",
    "registry.corp,https://login.microsoftonline.com",
    "contoso.azurecr.cn,https://login.chinacloudapi.cn",
    "contoso.azurecr.us,https://login.microsoftonline.us"
  })
  void theRegistrysCloudIssuesTheToken(String registry, String authority) {
    assertThat(Authority.ofTheRegistrysCloud().of(new RegistryHost(registry)))
        .isEqualTo(URI.create(authority));
  }

  @Test
  void anExpectedClientsWrongSecretIsADenial() throws IOException {
    // Given
    Files.writeString(secret, "wrong-" + CANARY);
    // Then
    assertDenied(
        servicePrincipal(),
        "client 0000-client of tenant "
            + FakeEntra.TENANT
            + ": its secret was refused (invalid_client, AADSTS7000215)");
  }

  @Test
  void aFederatedTokenThatNobodyTrustsIsADenial() throws IOException {
    // Given
    asWorkload();
    Files.writeString(token, "wrong-" + CANARY);
    // Then
    assertDenied(
        mint(settings(null, null, null, null)),
        "its federated token was refused (invalid_client, AADSTS700213)");
  }

  @Test
  void anUnknownClientOrTenantIsADenial() {
    assertDenied(
        mint(settings(FakeEntra.TENANT, "nobody", secret, null)),
        "client nobody of tenant "
            + FakeEntra.TENANT
            + ": the tenant does not know that client (unauthorized_client, AADSTS700016)");
    assertDenied(
        mint(settings("nowhere", CLIENT, secret, null)),
        "there is no such tenant (invalid_request, AADSTS90002)");
  }

  @Test
  void aMachineWithoutAnIdentityIsADenial() {
    // Given
    environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.uri().toString());
    // Then
    assertDenied(
        mint(settings(null, "stranger", null, null)),
        "the managed identity endpoint has no identity stranger for this machine");
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 404, 408, 429, 500, 503})
  void troubleIsNoDenial(int status) {
    // Given
    entra.chaos().when(RequestMatch.any()).always(Fault.answer(status));
    // Then
    assertTrouble(servicePrincipal(), "127.0.0.1:", "answered " + status);
  }

  @Test
  void aRedirectIsNotFollowed() {
    // Given
    try (FakeEntra other = FakeEntra.start(clock)) {
      String there = other.uri() + FakeEntra.TENANT + "/oauth2/v2.0/token";
      entra.chaos().when(RequestMatch.any()).always(Fault.redirect(307, there));
      // When
      assertTrouble(servicePrincipal(), "answered 307");
      // Then
      assertThat(other.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"<html>", "{}", "[]", "{\"access_token\":\"a\\r\\nb\"}"})
  void anAnswerWithoutATokenIsTrouble(String body) {
    // Given
    entra.chaos().when(RequestMatch.any()).always(Fault.answer(Reply.json(200, body)));
    // Then
    assertTrouble(servicePrincipal(), "holds no token");
  }

  @Test
  void anAuthorityThatIsNotThereIsTrouble() {
    // Given
    AzureMint mint = servicePrincipal();
    String authority = entra.uri().getAuthority();
    entra.close();
    // Then
    assertTrouble(mint, authority + " cannot be reached: it takes no connection");
  }

  @Test
  void theAuthorityIsAskedThroughTheProxyAndTheMachineIsNot() {
    // Given
    ProxySelector proxies = ProxySelector.of(new InetSocketAddress("127.0.0.1", 9));
    environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.uri().toString());
    // Then
    assertTrouble(
        mint(settings(FakeEntra.TENANT, CLIENT, secret, null), proxies), "cannot be reached");
    assertThat(mint(settings(null, null, null, null), proxies).mint(REPOSITORY).value())
        .isInstanceOf(Credential.EntraToken.class);
  }

  @Test
  void aSecretGoesToNoPlainHostButThisMachine() {
    // Given
    URI plain = URI.create("http://login.example.com");
    // Then
    assertThatThrownBy(() -> mint(new Azure(FakeEntra.TENANT, CLIENT, secret, null, plain)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("credentials.authority")
        .hasMessageContaining("http://login.example.com");
  }

  @Test
  void settingsThatAreIncompleteStopTheStart() {
    assertThatThrownBy(() -> mint(settings(null, CLIENT, secret, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("credentials.tenant-id or AZURE_TENANT_ID");
    assertThatThrownBy(() -> mint(settings(FakeEntra.TENANT, null, null, token)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("credentials.client-id or AZURE_CLIENT_ID");
    assertThatThrownBy(() -> mint(settings(FakeEntra.TENANT, CLIENT, secret, token)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("set one of them");
    assertThatThrownBy(() -> mint(settings("a/../b", CLIENT, secret, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a/../b");
    assertThatThrownBy(
            () -> mint(settings(FakeEntra.TENANT, CLIENT, directory.resolve("missing"), null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("credentials.client-secret-file");
  }

  private static void look(AzureMint mint) {
    StepVerifier.create(mint.file().orElseThrow().current())
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
  }

  private void asWorkload() {
    environment.put("AZURE_FEDERATED_TOKEN_FILE", token.toString());
    environment.put("AZURE_CLIENT_ID", CLIENT);
    environment.put("AZURE_TENANT_ID", FakeEntra.TENANT);
    environment.put("AZURE_AUTHORITY_HOST", entra.uri().toString());
  }

  private AzureMint servicePrincipal() {
    return mint(settings(FakeEntra.TENANT, CLIENT, secret, null));
  }

  private AzureMint mint(Azure settings) {
    return mint(settings, ProxySelector.of(null));
  }

  private AzureMint mint(Azure settings, ProxySelector proxies) {
    return AzureMint.of(
        settings, environment, new CredentialContext("azure", clock, Meters.unread(), proxies));
  }

  private Azure settings(
      @Nullable String tenant,
      @Nullable String client,
      @Nullable Path secretFile,
      @Nullable Path tokenFile) {
    boolean said = secretFile != null || tokenFile != null;
    return new Azure(tenant, client, secretFile, tokenFile, said ? entra.uri() : null);
  }

  private RecordedRequest asked() {
    return entra.requests().getLast();
  }

  private static void assertDenied(AzureMint mint, String... words) {
    assertFailure(mint, true, words);
  }

  private static void assertTrouble(AzureMint mint, String... words) {
    assertFailure(mint, false, words);
  }

  private static void assertFailure(AzureMint mint, boolean denied, String... words) {
    assertThatThrownBy(() -> mint.mint(REPOSITORY))
        .hasMessageContainingAll(words)
        .hasMessageNotContaining("canary")
        .isInstanceOfSatisfying(
            CredentialException.class, no -> assertThat(no.isDenied()).isEqualTo(denied));
  }

  private static RepositoryAddress at(String registry) {
    return new RepositoryAddress(new RegistryHost(registry), new RepositoryName("team/app"));
  }
}
