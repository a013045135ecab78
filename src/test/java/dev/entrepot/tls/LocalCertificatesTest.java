package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalCertificatesTest {

  private static final Instant START = Instant.parse("2026-05-01T12:00:00Z");

  @TempDir Path temporary;
  private Path directory;
  private Instant now = START;
  private SubjectNames hostNames = SubjectNames.of("localhost", "127.0.0.1");

  @BeforeEach
  void nameDirectory() {
    directory = temporary.resolve("nested/certs");
  }

  @Test
  void firstStartIssuesAuthorityAndCertificateForOurEyesOnly() throws Exception {
    // When
    LocalCertificates.Current current = certificates("extra.example", "10.9.8.7").current();

    // Then
    assertThat(current.concern()).isEmpty();
    assertThat(SubjectNames.in(current.identity().certificate()).values())
        .containsExactly("10.9.8.7", "127.0.0.1", "extra.example", "localhost");
    assertThat(mode(directory)).isEqualTo("rwx------");
    assertThat(mode(directory.resolve("ca.key"))).isEqualTo("rw-------");
    assertThat(mode(directory.resolve("tls.key"))).isEqualTo("rw-------");
    assertThat(mode(directory.resolve("ca.crt"))).isEqualTo("rw-r--r--");
    assertThat(Pem.certificates(directory.resolve("tls.crt")))
        .hasSize(2)
        .endsWith(Pem.certificates(directory.resolve("ca.crt")).getFirst());
    assertThat(Files.readString(directory.resolve("tls.key"))).startsWith("-----BEGIN PRIVATE KEY");
    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("ca.crt", "ca.key", "tls.crt", "tls.key", ".lock");
    }
  }

  @Test
  void secondStartKeepsEverything() {
    // Given
    X509Certificate first = leaf();

    // When
    now = START.plus(Duration.ofDays(59));

    // Then
    assertThat(leaf()).isEqualTo(first);
  }

  @Test
  void certificateIsRenewedByTheSameAuthorityWhenAThirdOfItsLifeRemains() {
    // Given
    X509Certificate first = leaf();
    X509Certificate authority = authority();

    // When
    now = START.plus(Duration.ofDays(61));
    X509Certificate second = leaf();

    // Then
    assertThat(second.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
    assertThat(second.getNotAfter().toInstant()).isEqualTo(now.plus(Duration.ofDays(90)));
    assertThat(authority()).isEqualTo(authority);
  }

  @Test
  void newAddressIsAddedByTheSameAuthority() {
    // Given
    leaf();
    X509Certificate authority = authority();

    // When
    hostNames = SubjectNames.of("localhost", "127.0.0.1", "192.0.2.7");

    // Then
    assertThat(SubjectNames.in(leaf()).values()).contains("192.0.2.7");
    assertThat(authority()).isEqualTo(authority);
  }

  @Test
  void lostAddressIsNoReasonToRenew() {
    // Given
    hostNames = SubjectNames.of("localhost", "192.0.2.7");
    X509Certificate first = leaf();

    // When
    hostNames = SubjectNames.of("localhost");

    // Then
    assertThat(leaf()).isEqualTo(first);
  }

  @Test
  void certificateOfAnotherAuthorityOrKeyIsReplaced() throws Exception {
    // Given
    leaf();
    Identity foreign = CertificateAuthority.create("other", now).issueServer(hostNames, now);

    // When the key is another one
    Files.writeString(directory.resolve("tls.key"), Pem.write(foreign.key()));

    // Then
    leaf().verify(authority().getPublicKey());

    // When certificate and key fit each other, but not the authority
    Files.writeString(directory.resolve("tls.key"), Pem.write(foreign.key()));
    Files.writeString(directory.resolve("tls.crt"), Pem.write(foreign.chain()));

    // Then
    leaf().verify(authority().getPublicKey());
  }

  @Test
  void certificateThatEndsWithItsAuthorityIsNotRenewedOverAndOver() {
    // Given
    leaf();
    now = authority().getNotAfter().toInstant().minus(Duration.ofDays(30));
    X509Certificate last = leaf();

    // When
    now = authority().getNotAfter().toInstant().minus(Duration.ofMinutes(1));

    // Then
    assertThat(leaf()).isEqualTo(last);
  }

  @Test
  void expiredAuthorityIsReportedAndKept() throws Exception {
    // Given
    leaf();
    String authority = Files.readString(directory.resolve("ca.crt"));

    // When
    now = START.plus(Duration.ofDays(3660));

    // Then
    assertThatThrownBy(this::leaf)
        .hasMessageContainingAll("ca.crt", "expired on 2036", "entrepot certs init --force");
    assertThat(directory.resolve("ca.crt")).hasContent(authority.strip());
  }

  @Test
  void halfAnAuthorityIsReported() throws Exception {
    // Given
    leaf();

    // When
    Files.delete(directory.resolve("ca.crt"));

    // Then
    assertThatThrownBy(this::leaf)
        .hasMessageContainingAll("ca.crt", "absent", "entrepot certs init --force");
  }

  @Test
  void unreadableAuthorityIsReported() throws Exception {
    // Given
    leaf();

    // When
    Files.writeString(directory.resolve("ca.crt"), "nonsense");

    // Then
    assertThatThrownBy(this::leaf)
        .hasMessageContainingAll("ca.crt", "no PEM certificate", "entrepot certs init --force");
  }

  @Test
  void authorityWithoutItsKeyDoesAsLongAsTheCertificateIsGood() throws Exception {
    // Given
    X509Certificate first = leaf();
    Files.delete(directory.resolve("ca.key"));

    // When it is not due
    // Then
    assertThat(certificates().current().concern()).isEmpty();

    // When it is due
    now = START.plus(Duration.ofDays(61));
    LocalCertificates.Current due = certificates().current();

    // Then
    assertThat(due.identity().certificate()).isEqualTo(first);
    assertThat(due.concern())
        .hasValueSatisfying(
            concern ->
                assertThat(concern)
                    .contains("it expires on", "ca.key", "entrepot certs init --force"));

    // When it has expired
    now = START.plus(Duration.ofDays(91));

    // Then
    assertThatThrownBy(this::leaf)
        .hasMessageContainingAll("it expired on", "ca.key", "entrepot certs init --force");
  }

  @Test
  void certificatesThatSomebodyElsePutThereAreNotOverwritten() throws Exception {
    // Given
    leaf();
    Files.delete(directory.resolve("ca.crt"));
    Files.delete(directory.resolve("ca.key"));
    String theirs = Files.readString(directory.resolve("tls.crt"));

    // When, Then
    assertThatThrownBy(this::leaf)
        .hasMessageContainingAll("tls.crt", "entrepot.tls.certificate", "init --force");
    assertThat(Files.readString(directory.resolve("tls.crt"))).isEqualTo(theirs);
  }

  @Test
  void keyThatEveryoneMayReadIsRefused() throws Exception {
    // Given
    leaf();

    // When
    Files.setPosixFilePermissions(
        directory.resolve("ca.key"), PosixFilePermissions.fromString("rw-r--r--"));

    // Then
    assertThatThrownBy(this::leaf).hasMessageContainingAll("ca.key", "chmod 600");
  }

  @Test
  void keyThatAVolumeMountOpenedToItsGroupIsClosedAgain() throws Exception {
    // Given
    X509Certificate first = leaf();

    // When
    Files.setPosixFilePermissions(
        directory.resolve("tls.key"), PosixFilePermissions.fromString("rw-rw----"));

    // Then
    assertThat(leaf()).isEqualTo(first);
    assertThat(mode(directory.resolve("tls.key"))).isEqualTo("rw-------");
  }

  @Test
  void directoryThatIsThereKeepsItsMode() throws Exception {
    // Given
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

    // When
    leaf();

    // Then
    assertThat(mode(directory)).isEqualTo("rwxr-xr-x");
  }

  @Test
  void concurrentFirstStartsAgreeOnOneSet() throws Exception {
    // Given
    int starts = 8;
    CyclicBarrier together = new CyclicBarrier(starts);
    List<Callable<X509Certificate>> processes = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      processes.add(
          () -> {
            LocalCertificates one = certificates();
            together.await(10, TimeUnit.SECONDS);
            return one.current().identity().certificate();
          });
    }

    // When
    List<X509Certificate> leaves = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(starts)) {
      for (Future<X509Certificate> leaf : threads.invokeAll(processes, 30, TimeUnit.SECONDS)) {
        leaves.add(leaf.get());
      }
    }

    // Then
    assertThat(leaves).hasSize(starts).containsOnly(leaf());
    leaf().verify(authority().getPublicKey());
    CertificateAuthority.read(directory.resolve("ca.crt"), directory.resolve("ca.key"));
  }

  @Test
  void halfWrittenSetOfAnotherProcessIsWaitedFor() throws Exception {
    // Given
    X509Certificate written = leaf();
    Path moved = directory.resolve("ca.crt.not-yet");
    CompletableFuture<X509Certificate> start = new CompletableFuture<>();
    Thread reader = new Thread(() -> start.completeAsync(this::leaf, Runnable::run));

    // When
    new PrivateDirectory(directory)
        .locked(
            () -> {
              rename(directory.resolve("ca.crt"), moved);
              reader.start();
              await(() -> reader.getState() == Thread.State.TIMED_WAITING || start.isDone());
              rename(moved, directory.resolve("ca.crt"));
              return true;
            });

    // Then
    assertThat(start.get(10, TimeUnit.SECONDS)).isEqualTo(written);
  }

  @Test
  void initKeepsWhatIsThereAndForceReplacesTheAuthority() {
    // Given
    certificates().init(false);
    X509Certificate first = authority();

    // When, Then
    certificates().init(false);
    assertThat(authority()).isEqualTo(first);

    // When, Then
    certificates().init(true);
    assertThat(authority()).isNotEqualTo(first);
    assertThat(certificates().current().concern()).isEmpty();
  }

  @Test
  void forceHelpsOutOfHalfAnAuthority() throws Exception {
    // Given
    leaf();
    Files.delete(directory.resolve("ca.crt"));

    // When
    List<String> lines = certificates().init(true);

    // Then
    assertThat(lines).noneMatch(line -> line.contains("absent"));
    leaf().verify(authority().getPublicKey());
  }

  @Test
  void showDescribesEachFile() {
    // Given
    certificates("*.mirror.example", "2001:db8::1").init(false);

    // When
    List<String> lines = certificates().show();

    // Then
    assertThat(lines)
        .contains(
            directory.resolve("ca.crt").toString(),
            directory.resolve("tls.crt").toString(),
            "  names        *.mirror.example, 127.0.0.1, 2001:db8::1, localhost",
            "  valid        2026-05-01T11:00:00Z to 2026-07-30T12:00:00Z")
        .anyMatch(line -> line.startsWith("  subject      CN=Entrepot local CA"))
        .anyMatch(line -> line.matches(" {2}fingerprint {2}SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}"));
  }

  @Test
  void showSaysWhatIsAbsent() {
    assertThat(certificates().show()).contains(directory.resolve("ca.crt") + ": absent");
  }

  @Test
  void furtherCertificateIsIssuedUnderItsFirstName() throws Exception {
    // Given
    leaf();

    // When
    List<String> lines = certificates().issue(List.of("*.other.example", "10.1.1.1"));

    // Then
    Identity issued =
        Identity.read(
            directory.resolve("_wildcard.other.example.crt"),
            directory.resolve("_wildcard.other.example.key"));
    assertThat(SubjectNames.in(issued.certificate()).values())
        .containsExactly("*.other.example", "10.1.1.1");
    issued.certificate().verify(authority().getPublicKey());
    assertThat(mode(directory.resolve("_wildcard.other.example.key"))).isEqualTo("rw-------");
    assertThat(lines).anyMatch(line -> line.contains("*.other.example, 10.1.1.1"));
  }

  @Test
  void issuingNeverOverwritesTheAuthority() {
    // Given
    leaf();

    // When, Then
    assertThatThrownBy(() -> certificates().issue(List.of("ca", "other.example")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ca.crt");
    assertThatThrownBy(() -> certificates().issue(List.of("../ca")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void issuingNeedsAnAuthority() {
    assertThatThrownBy(() -> certificates().issue(List.of("other.example")))
        .hasMessageContainingAll("ca.crt", "absent");
  }

  private LocalCertificates certificates(String... names) {
    return new LocalCertificates(
        new TlsProperties(true, directory, null, null, List.of(names), null),
        () -> now,
        () -> hostNames);
  }

  private X509Certificate leaf() {
    return certificates().current().identity().certificate();
  }

  private X509Certificate authority() {
    return Pem.certificates(directory.resolve("ca.crt")).getFirst();
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static void rename(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
