package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.route.Route;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a token of an Azure registry is asked for. */
class AcrExchangeTest {

  private static final RepositoryName NAME = new RepositoryName("team/app");
  private static final Credential.EntraToken ENTRA =
      new Credential.EntraToken(Secret.of("entra"), Optional.empty(), Optional.empty());

  @ParameterizedTest
  @CsvSource({
    "https://contoso.azurecr.io,contoso.azurecr.io,contoso.azurecr.io",
    // The endpoint is a private name, or the registry's own name is.
    "https://acr.corp,contoso.azurecr.io,contoso.azurecr.io",
    "https://acr.corp,acr.corp,acr.corp",
    "https://acr.corp:8443/x,another.azurecr.io,acr.corp:8443"
  })
  void theServiceIsTheRegistryByOneOfItsNames(String endpoint, String named, String asked) {
    assertThat(key(endpoint, named, "manifest").service()).isEqualTo(asked);
  }

  @Test
  void theTokenIsAskedForAtTheEndpoint() {
    assertThat(key("https://acr.corp/x", "x", "manifest").realm())
        .isEqualTo(URI.create("https://acr.corp/x/oauth2/token"));
  }

  @Test
  void aPingNeedsNoScope() {
    assertThat(key("https://contoso.azurecr.io", "x", "ping").scopes()).isEmpty();
    assertThat(key("https://contoso.azurecr.io", "x", "manifest").scopes())
        .containsExactly("repository:team/app:pull");
  }

  private static TokenKey key(String endpoint, String service, String kind) {
    AuthScheme.Bearer scheme =
        new AuthScheme.Bearer(
            URI.create("https://contoso.azurecr.io/oauth2/token"),
            service,
            List.of("repository:{name}:pull"),
            false);
    return AcrExchange.key(Endpoint.of(URI.create(endpoint)), ENTRA, scheme, ask(kind));
  }

  private static Ask ask(String kind) {
    RegistryHost host = new RegistryHost("contoso.azurecr.io");
    return new Ask(
        kind,
        "pull",
        new Route("*.azurecr.io", new RepositoryAddress(host, NAME), NAME),
        "azure",
        HttpMethod.GET,
        "",
        "",
        OutboundRequest.newHeaders(),
        true,
        ErrorCode.MANIFEST_UNKNOWN,
        Optional.empty());
  }
}
