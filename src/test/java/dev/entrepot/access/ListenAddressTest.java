package dev.entrepot.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a listener's address is written, and who can reach it. */
class ListenAddressTest {

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:5443,      127.0.0.1,   5443, 127.0.0.1:5443",
    "localhost:0,         localhost,   0,    localhost:0",
    "0.0.0.0:65535,       0.0.0.0,     65535, 0.0.0.0:65535",
    ":5443,               0.0.0.0,     5443, 0.0.0.0:5443",
    "[::1]:5443,          ::1,         5443, [::1]:5443",
    "[::]:5443,           ::,          5443, [::]:5443",
    "mirror.corp:5443,    mirror.corp, 5443, mirror.corp:5443"
  })
  void hostAndPortAreRead(String text, String host, int port, String shown) {
    // When
    ListenAddress address = ListenAddress.of(text);

    // Then
    assertThat(address).isEqualTo(new ListenAddress(host, port)).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5443",
        "localhost",
        "localhost:",
        "localhost:https",
        "localhost:5443x",
        "localhost:65536",
        "localhost:-1",
        "localhost:99999999999",
        "::1:5443",
        "[::1]",
        "[::1:5443",
        "::1]:5443",
        "[]:5443",
        " :5443"
      })
  void anythingElseIsRefused(String text) {
    // When / Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ListenAddress.of(text))
        .withMessageMatching("(?s).*(must|example).*");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,                 true",
    "127.8.9.10,                true",
    "localhost,                 true",
    "::1,                       true",
    "::ffff:127.0.0.1,          true",
    "0.0.0.0,                   false",
    "::,                        false",
    "10.0.0.1,                  false",
    "192.168.1.5,               false",
    "fe80::1,                   false",
    "::ffff:10.0.0.1,           false",
    "host.that.does.not.invalid, false"
  })
  void onlyLoopbackIsOutOfReach(String host, boolean loopback) {
    // Given
    ListenAddress address = new ListenAddress(host, 5443);

    // When
    boolean isLoopback = address.isLoopback();

    // Then
    assertThat(isLoopback).isEqualTo(loopback);
  }

  @Test
  void everyAddressIsBoundAsTheWildcard() {
    // When
    var socket = ListenAddress.of(":5443").toSocketAddress();

    // Then
    assertThat(socket.getAddress().isAnyLocalAddress()).isTrue();
    assertThat(socket.getPort()).isEqualTo(5443);
  }

  @Test
  void nameWithoutAnAddressIsNoReasonToListenEverywhere() {
    // Given
    ListenAddress address = ListenAddress.of("no-such-host.invalid:5444");

    // Then
    assertThatIllegalArgumentException()
        .isThrownBy(address::toSocketAddress)
        .withMessageContaining("no-such-host.invalid:5444");
  }
}
