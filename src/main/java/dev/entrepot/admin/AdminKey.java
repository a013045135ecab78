package dev.entrepot.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What whoever changes the cache through the admin API, or asks it from elsewhere, must know: a
 * secret that lies in the cache's directory, new at every start. Who can read it there could change
 * the cache anyway; a web page or another user of this machine cannot.
 */
final class AdminKey {

  /** The request header that carries it. */
  static final String HEADER = "Entrepot-Admin";

  private static final Logger log = LoggerFactory.getLogger(AdminKey.class);
  private static final String FILE = "admin-key";
  private static final int LENGTH = 32;

  private final byte[] secret;

  private AdminKey(String secret) {
    this.secret = secret.getBytes(UTF_8);
  }

  /** Makes a new one and leaves it in this directory. Blocks. */
  static AdminKey create(Path directory) {
    byte[] random = new byte[LENGTH];
    new SecureRandom().nextBytes(random);
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    try {
      write(directory, secret);
    } catch (IOException e) {
      log.warn(
          "admin API answers only reads from this machine, its key was not written directory={} reason={}",
          directory,
          e.toString());
    }
    return new AdminKey(secret);
  }

  /** The one that a running server left in this directory, if we may read it. */
  static Optional<String> find(Path directory) {
    Path file = directory.resolve(FILE);
    try {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(Files.readString(file).strip())
          : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  boolean opensWith(String presented) {
    return MessageDigest.isEqual(secret, presented.getBytes(UTF_8));
  }

  private static void write(Path directory, String secret) throws IOException {
    Path fresh = directory.resolve(FILE + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(fresh, privately());
    Files.writeString(fresh, secret + "\n");
    Files.move(
        fresh,
        directory.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static FileAttribute<?>[] privately() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
