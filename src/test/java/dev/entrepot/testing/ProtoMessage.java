package dev.entrepot.testing;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and writes the few protobuf fields that tests need, without generated classes. */
final class ProtoMessage {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  ProtoMessage text(int field, String value) {
    return write(output -> output.writeString(field, value));
  }

  ProtoMessage number(int field, int value) {
    return write(output -> output.writeInt32(field, value));
  }

  ProtoMessage message(int field, ProtoMessage value) {
    return write(output -> output.writeByteArray(field, value.toBytes()));
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  /** The first string or nested message in this field. */
  static Optional<byte[]> field(byte[] message, int field) {
    return fields(message, field).stream().findFirst();
  }

  /** The strings or nested messages in this field. */
  static List<byte[]> fields(byte[] message, int field) {
    var found = new ArrayList<byte[]>();
    var input = CodedInputStream.newInstance(message);
    try {
      for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
        boolean wanted = WireFormat.getTagFieldNumber(tag) == field;
        if (wanted && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
          found.add(input.readByteArray());
        } else {
          input.skipField(tag);
        }
      }
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to read a protobuf message but could not", broken);
    }
    return found;
  }

  private interface Writing {
    void to(CodedOutputStream output) throws IOException;
  }

  private ProtoMessage write(Writing writing) {
    try {
      var output = CodedOutputStream.newInstance(bytes);
      writing.to(output);
      output.flush();
      return this;
    } catch (IOException impossible) {
      throw new UncheckedIOException("memory does not fail", impossible);
    }
  }
}
