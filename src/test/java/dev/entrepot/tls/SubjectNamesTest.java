package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectNamesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "Mirror.Corp.example",
        "*.mirror.svc.cluster.local",
        "node_1",
        "xn--bcher-kva.example",
        "10.0.0.1",
        "::1",
        "2001:DB8:0:0:0:0:0:1"
      })
  void hostNamesWildcardsAndAddressesAreNames(String name) {
    assertThat(SubjectNames.complaint(name)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "' ', blank",
    "https://mirror, scheme",
    "10.0.0.0/8, prefix length",
    "mirror:5443, port",
    "[::1], bare address",
    "fe80::1%eth0, bare address",
    "mirror., dot",
    "10.0.0.300, digits",
    "a.*.b, first label",
    "*, first label",
    "bücher.example, xn--",
    "a..b, host name",
    "-a.b, host name"
  })
  void anythingElseIsRefusedWithARemedy(String name, String remedy) {
    assertThat(SubjectNames.complaint(name))
        .hasValueSatisfying(c -> assertThat(c).contains(remedy));
  }

  @Test
  void spellingsOfOneNameAreOne() {
    // When
    SubjectNames names =
        SubjectNames.of("MIRROR.corp", "mirror.corp", "2001:db8:0:0:0:0:0:1", "2001:DB8::1");

    // Then
    assertThat(names.values()).containsExactly("2001:db8::1", "mirror.corp");
  }

  @Test
  void namesSurviveTheCertificate() {
    // Given
    SubjectNames names =
        SubjectNames.of("localhost", "*.corp.example", "127.0.0.1", "::1", "2001:db8::7");
    Instant now = Instant.parse("2026-05-01T00:00:00Z");

    // When
    Identity issued = CertificateAuthority.create("host", now).issueServer(names, now);

    // Then
    assertThat(SubjectNames.in(issued.certificate())).isEqualTo(names);
  }

  @Test
  void thisHostIsReachedByLoopbackAndName() {
    assertThat(ThisHost.names().values()).contains("localhost", "127.0.0.1", "::1");
    assertThat(ThisHost.names().values()).noneMatch(name -> name.startsWith("fe80"));
    assertThat(ThisHost.names().values()).noneMatch(name -> name.contains("%"));
  }
}
