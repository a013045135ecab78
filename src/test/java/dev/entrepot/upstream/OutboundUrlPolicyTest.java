package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.tls.UpstreamTlsProperties;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of URL and address, judged. */
class OutboundUrlPolicyTest {

  @ParameterizedTest
  @CsvSource({
    "docker.io,https://registry-1.docker.io,https://auth.docker.io/token,true",
    "docker.io,https://registry-1.docker.io,https://AUTH.docker.io/token,true",
    "docker.io,https://registry-1.docker.io,https://auth.docker.io:8443/token,false",
    "docker.io,https://registry-1.docker.io,https://auth.docker.io./token,false",
    "docker.io,https://registry-1.docker.io,https://auth.docker.io.evil.test/token,false",
    "docker.io,https://registry-1.docker.io,https://evil.test/?auth.docker.io,false",
    "docker.io,https://registry-1.docker.io,https://auth.docker.io@evil.test/,false",
    "docker.io,https://registry-1.docker.io,http://auth.docker.io/token,false",
    "docker.io,https://mirror.test,https://auth.docker.io/token,false",
    "registry.gitlab.com,https://registry.gitlab.com,https://gitlab.com/jwt/auth,true",
    "ghcr.io,https://ghcr.io,https://ghcr.io/token,true",
    "ghcr.io,https://ghcr.io,https://listed.test/token,true",
    "ghcr.io,https://ghcr.io,https://ghcr.io:444/token,false"
  })
  void aCredentialGoesToKnownRealmsOnly(
      String match, String endpoint, String realm, boolean allowed) {
    // Given
    OutboundUrlPolicy policy = policy(match, false, endpoint);
    // Then
    assertThat(
            policy
                .realmComplaint(URI.create(realm), Endpoint.of(URI.create(endpoint)), true)
                .isEmpty())
        .isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "https://anything.example.com/token,true",
    "https://anything.example.com:444/token,false",
    "http://anything.example.com/token,false",
    "https://10.1.2.3/token,false",
    "https://8.8.8.8/token,true"
  })
  void anAnonymousRealmMayBeAnyPublicHost(String realm, boolean allowed) {
    // Given
    Endpoint endpoint = Endpoint.of(URI.create("https://ghcr.io"));
    // Then
    assertThat(
            policy("ghcr.io", false).realmComplaint(URI.create(realm), endpoint, false).isEmpty())
        .isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::"
      })
  void whatIsNotPublicIsReachedOnPurposeOnly(String address) throws UnknownHostException {
    // Given
    InetAddress literal = InetAddress.getByName(address);
    // Then
    assertThat(policy("**", false).addressComplaint("x.test", 443, literal)).isPresent();
    assertThat(policy("x.test", false).addressComplaint("x.test", 443, literal)).isEmpty();
    assertThat(policy("x.test", false).addressComplaint("x.test", 444, literal)).isPresent();
    assertThat(policy("**", true).addressComplaint("x.test", 443, literal)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe"
      })
  void metadataIsNeverReached(String address) throws UnknownHostException {
    // Given
    InetAddress literal = InetAddress.getByName(address);
    // Then
    assertThat(policy("x.test", true).addressComplaint("x.test", 443, literal)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111"})
  void publicAddressesAreReached(String address) throws UnknownHostException {
    assertThat(policy("**", false).addressComplaint("x.test", 443, InetAddress.getByName(address)))
        .isEmpty();
  }

  @Test
  void aNameIsConnectedToAtItsCheckedAddressesOnly() {
    // Given
    AddressResolver<InetSocketAddress> mixed = resolving("10.0.0.1", "8.8.8.8", "127.0.0.1");
    AddressResolver<InetSocketAddress> checked =
        new CheckedAddresses.Checked(ImmediateEventExecutor.INSTANCE, mixed, policy("**", false));
    // When
    Future<List<InetSocketAddress>> found =
        checked.resolveAll(InetSocketAddress.createUnresolved("rebinding.test", 443));
    // Then
    assertThat(found.getNow())
        .extracting(address -> address.getAddress().getHostAddress())
        .containsExactly("8.8.8.8");
  }

  @Test
  void aNameThatLeadsIntoOurNetworkIsNotConnectedTo() {
    // Given
    AddressResolver<InetSocketAddress> checked =
        new CheckedAddresses.Checked(
            ImmediateEventExecutor.INSTANCE, resolving("10.0.0.1"), policy("**", false));
    // Then
    assertThat(
            checked.resolveAll(InetSocketAddress.createUnresolved("rebinding.test", 443)).cause())
        .isInstanceOf(RefusedAddressException.class)
        .hasMessageContaining("rebinding.test");
    assertThat(
            checked
                .resolveAll(new InetSocketAddress(InetAddress.getLoopbackAddress(), 443))
                .cause())
        .isInstanceOf(RefusedAddressException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "https://registry.test/,http://proxy.test:3128",
    "http://registry.test/,http://plain.test:8080",
    "https://localhost/,",
    "https://127.0.0.1:5000/,",
    "https://in.corp.test/,",
    "https://corp.test/,http://proxy.test:3128",
    "https://notcorp.test/,http://proxy.test:3128",
    "https://10.1.2.3/,",
    "https://11.1.2.3/,http://proxy.test:3128",
    "https://exact.test:5000/,",
    "https://exact.test:5001/,http://proxy.test:3128"
  })
  void theEnvironmentNamesTheProxy(String target, String expected) {
    // Given
    EgressProxy proxy =
        EgressProxy.from(
            Map.of(
                "HTTPS_PROXY", "http://proxy.test:3128",
                "http_proxy", "plain.test:8080",
                "NO_PROXY", ".corp.test, 10.0.0.0/8,exact.test:5000"));
    // Then
    assertThat(proxy.forTarget(URI.create(target)).map(URI::toString).orElse(null))
        .isEqualTo(expected);
  }

  private static OutboundUrlPolicy policy(
      String match, boolean privateNetwork, String... endpoints) {
    return OutboundUrlPolicy.of(
        new UpstreamProperties(
            match,
            Arrays.stream(endpoints).map(URI::create).toList(),
            false,
            CredentialProperties.anonymous(),
            List.of(),
            List.of(),
            null,
            UpstreamTlsProperties.system(),
            List.of("Listed.test"),
            privateNetwork,
            List.of(),
            null,
            null));
  }

  private static AddressResolver<InetSocketAddress> resolving(String... addresses) {
    EventExecutor executor = ImmediateEventExecutor.INSTANCE;
    return new AbstractAddressResolver<>(executor, InetSocketAddress.class) {
      @Override
      protected boolean doIsResolved(InetSocketAddress address) {
        return !address.isUnresolved();
      }

      @Override
      protected void doResolve(InetSocketAddress asked, Promise<InetSocketAddress> promise) {
        promise.setSuccess(new InetSocketAddress(addresses[0], asked.getPort()));
      }

      @Override
      protected void doResolveAll(
          InetSocketAddress asked, Promise<List<InetSocketAddress>> promise) {
        promise.setSuccess(
            Arrays.stream(addresses)
                .map(address -> new InetSocketAddress(address, asked.getPort()))
                .toList());
      }
    };
  }
}
