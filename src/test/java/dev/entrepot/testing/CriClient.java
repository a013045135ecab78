package dev.entrepot.testing;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Speaks the kubelet's side of CRI v1 to a runtime's socket. Failures are gRPC's
 * StatusRuntimeException.
 */
public final class CriClient implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final int NODE_NAMESPACE = 2;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ManagedChannel channel;

  private CriClient(Path socket) {
    this.channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
            .eventLoopGroup(loop)
            .channelType(EpollDomainSocketChannel.class)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  /** A client of the runtime that listens on this socket. */
  public static CriClient connect(Path socket) {
    return new CriClient(socket);
  }

  /** The runtime's name and version. */
  public String version() {
    var answer = call("RuntimeService/Version", new ProtoMessage().text(1, "v1"));
    return text(answer, 2) + " " + text(answer, 3);
  }

  /** Pulls an image as the kubelet does for a container; gives its id. */
  public String pullImage(String image) {
    return text(call("ImageService/PullImage", imageSpec(image)), 1);
  }

  /** The same with the user and password of a pull secret. */
  public String pullImage(String image, String user, String password) {
    var credentials = new ProtoMessage().text(1, user).text(2, password);
    return text(call("ImageService/PullImage", imageSpec(image).message(2, credentials)), 1);
  }

  /** The id of an image that the runtime has. */
  public Optional<String> imageStatus(String image) {
    return ProtoMessage.field(call("ImageService/ImageStatus", imageSpec(image)), 1)
        .map(found -> text(found, 1));
  }

  /** Removes an image; no error when there is none. */
  public void removeImage(String image) {
    call("ImageService/RemoveImage", imageSpec(image));
  }

  /** Starts an empty pod in the host's network; gives its id. */
  public String runPodSandbox(String name) {
    var namespaces = new ProtoMessage().number(1, NODE_NAMESPACE);
    var security = new ProtoMessage().message(1, namespaces);
    var metadata = new ProtoMessage().text(1, name).text(2, "uid-" + name).text(3, "default");
    var config =
        new ProtoMessage()
            .message(1, metadata)
            .text(3, "/tmp")
            .message(8, new ProtoMessage().message(2, security));
    return text(call("RuntimeService/RunPodSandbox", new ProtoMessage().message(1, config)), 1);
  }

  /** The ids of all pods. */
  public List<String> podSandboxes() {
    return ProtoMessage.fields(call("RuntimeService/ListPodSandbox", new ProtoMessage()), 1)
        .stream()
        .map(pod -> text(pod, 1))
        .toList();
  }

  /** Stops a pod's processes. */
  public void stopPodSandbox(String id) {
    call("RuntimeService/StopPodSandbox", new ProtoMessage().text(1, id));
  }

  /** Removes a pod. */
  public void removePodSandbox(String id) {
    call("RuntimeService/RemovePodSandbox", new ProtoMessage().text(1, id));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5_000);
  }

  private static ProtoMessage imageSpec(String image) {
    return new ProtoMessage().message(1, new ProtoMessage().text(1, image));
  }

  private static String text(byte[] message, int field) {
    return ProtoMessage.field(message, field)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .orElse("");
  }

  private byte[] call(String method, ProtoMessage request) {
    var descriptor =
        MethodDescriptor.newBuilder(new Raw(), new Raw())
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("runtime.v1." + method)
            .build();
    var options = CallOptions.DEFAULT.withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
    return ClientCalls.blockingUnaryCall(channel, descriptor, options, request.toBytes());
  }

  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException broken) {
        throw new UncheckedIOException("tried to read a CRI answer but could not", broken);
      }
    }
  }
}
