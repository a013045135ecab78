package dev.entrepot.credentials.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.Version;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the AWS SDK brings with it, and what it must not bring. */
class ClassPathTest {

  @Test
  void thereIsOneNetty() {
    assertThat(Version.identify().values().stream().map(Version::artifactVersion).distinct())
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("4.2.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient",
        "software.amazon.awssdk.http.apache.ApacheHttpClient"
      })
  void theSdksOtherHttpClientsAreNotThere(String name) {
    assertThatThrownBy(() -> Class.forName(name)).isInstanceOf(ClassNotFoundException.class);
  }

  /** The SDK looks these up by name, and without them profiles fail only when they are used. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "software.amazon.awssdk.services.sts.internal.StsProfileCredentialsProviderFactory",
        "software.amazon.awssdk.services.sts.internal.StsWebIdentityCredentialsProviderFactory",
        "software.amazon.awssdk.services.sso.auth.SsoProfileCredentialsProviderFactory",
        "software.amazon.awssdk.services.ssooidc.SsoOidcProfileTokenProviderFactory"
      })
  void profilesWithRolesAndLoginsFindTheirModules(String name) throws ClassNotFoundException {
    assertThat(Class.forName(name)).isNotNull();
  }
}
