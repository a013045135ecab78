package dev.entrepot.testing;

/** Whom a fake registry lets in. */
public sealed interface RegistryAuth {

  /** Everybody. */
  record Open() implements RegistryAuth {}

  /** Whoever sends this user and password with every request. */
  record Basic(String user, String password) implements RegistryAuth {}

  /** Whoever sends this fixed bearer token. */
  record Fixed(String token) implements RegistryAuth {}

  /** Whoever sends a live token of this server that grants pulling the repository. */
  record Bearer(FakeTokenServer tokens) implements RegistryAuth {}

  /** Whoever sends a live token of this ECR, of either kind. */
  record Ecr(FakeEcr ecr) implements RegistryAuth {}
}
