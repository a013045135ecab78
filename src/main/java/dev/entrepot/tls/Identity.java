package dev.entrepot.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/** A private key with the certificate chain that vouches for it, own certificate first. */
record Identity(PrivateKey key, List<X509Certificate> chain) {

  Identity {
    chain = List.copyOf(chain);
    if (!match(key, chain.getFirst().getPublicKey())) {
      throw new UnusableCertificateException("the private key does not belong to the certificate");
    }
  }

  static Identity read(Path certificate, Path privateKey) {
    List<X509Certificate> chain = Pem.certificates(certificate);
    PrivateKey key = Pem.privateKey(privateKey);
    try {
      return new Identity(key, chain);
    } catch (UnusableCertificateException mismatch) {
      throw new UnusableCertificateException(
          "tried to use %s with %s but the private key does not belong to its first certificate"
              .formatted(certificate, privateKey),
          mismatch);
    }
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  X509Certificate[] chainArray() {
    return chain.toArray(X509Certificate[]::new);
  }

  @Override
  public String toString() {
    return "Identity[" + certificate().getSubjectX500Principal() + "]";
  }

  private static boolean match(PrivateKey key, PublicKey publicKey) {
    byte[] challenge = {'e', 'n', 't', 'r', 'e', 'p', 'o', 't'};
    try {
      String algorithm = signatureAlgorithm(key);
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(challenge);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(challenge);
      return verifier.verify(signature);
    } catch (GeneralSecurityException differentKinds) {
      return false;
    }
  }

  static String signatureAlgorithm(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default -> key.getAlgorithm();
    };
  }
}
