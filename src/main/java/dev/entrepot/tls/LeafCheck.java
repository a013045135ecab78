package dev.entrepot.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether an issued certificate still does, judged against its authority at a moment. */
record LeafCheck(X509Certificate authority, Instant now) {

  /** Why clients would refuse the certificate now, or empty. */
  Optional<String> defect(X509Certificate leaf) {
    if (!leaf.getIssuerX500Principal().equals(authority.getSubjectX500Principal())
        || !isSignedByAuthority(leaf)) {
      return Optional.of("it was not issued by the authority beside it");
    }
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      return Optional.of("it expired on " + leaf.getNotAfter().toInstant());
    }
    if (now.isBefore(leaf.getNotBefore().toInstant())) {
      return Optional.of("it is not valid before " + leaf.getNotBefore().toInstant());
    }
    return Optional.empty();
  }

  /** Why a certificate without defect should be replaced all the same, or empty. */
  Optional<String> reasonToRenew(X509Certificate leaf, SubjectNames wanted) {
    SubjectNames missing = wanted.minus(SubjectNames.in(leaf));
    if (!missing.isEmpty()) {
      return Optional.of("it lacks the names " + missing);
    }
    Instant end = leaf.getNotAfter().toInstant();
    // One that ends with its authority cannot be had any longer.
    boolean canLastLonger = end.isBefore(authority.getNotAfter().toInstant());
    if (canLastLonger && !now.isBefore(renewal(leaf))) {
      return Optional.of("it expires on " + end);
    }
    return Optional.empty();
  }

  private static Instant renewal(X509Certificate leaf) {
    Instant end = leaf.getNotAfter().toInstant();
    return end.minus(Duration.between(leaf.getNotBefore().toInstant(), end).dividedBy(3));
  }

  private boolean isSignedByAuthority(X509Certificate leaf) {
    try {
      leaf.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }
}
