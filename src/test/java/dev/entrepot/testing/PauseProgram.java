package dev.entrepot.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The smallest static Linux program that waits for ever, so a pod sandbox needs no foreign binary.
 */
final class PauseProgram {

  private static final long BASE = 0x400000;
  private static final int HEADERS = 64 + 56;

  private PauseProgram() {}

  /** The ELF file for {@code amd64} or {@code arm64}. */
  static Body elf(String architecture) {
    return switch (architecture) {
      case "amd64" -> elf(62, AMD64);
      case "arm64" -> elf(183, ARM64);
      default -> throw new IllegalArgumentException("no pause program for " + architecture);
    };
  }

  // again: mov eax, 34 (pause); syscall; jmp again
  private static final byte[] AMD64 = {
    (byte) 0xb8, 34, 0, 0, 0, 0x0f, 0x05, (byte) 0xeb, (byte) 0xf7
  };

  // again: mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b again
  private static final byte[] ARM64 = {
    0x00,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    0x01,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    0x02,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    0x03,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    0x04,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    0x28,
    0x09,
    (byte) 0x80,
    (byte) 0xd2,
    0x01,
    0x00,
    0x00,
    (byte) 0xd4,
    (byte) 0xf9,
    (byte) 0xff,
    (byte) 0xff,
    0x17
  };

  private static Body elf(int machine, byte[] code) {
    int size = HEADERS + code.length;
    var file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    file.putShort((short) 2).putShort((short) machine).putInt(1);
    file.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
    file.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    file.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    file.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
    file.putLong(size).putLong(size).putLong(0x1000);
    file.put(code);
    return Body.of(file.array());
  }
}
