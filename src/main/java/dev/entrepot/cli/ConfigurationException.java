package dev.entrepot.cli;

/**
 * A configuration that cannot be used. The message is one sentence with the key, its value and what
 * would be right.
 */
final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ConfigurationException(String message) {
    super(message);
  }

  ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
